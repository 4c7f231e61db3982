import { setTimeout as sleep } from 'node:timers/promises';
import type { Decision, DecisionAnswer, Decisions } from '../decisions';
import type {
  ClaimAnswer,
  ClaimName,
  ClaimRequest,
  ClearReport,
  CountDelta,
  OutcomeToRecord,
  Queryable,
  RecordVerdict,
  RecordView,
  Settlement,
  SettleVerdict,
  StepsAnswer,
  StepToRecord,
  TransactionalStore,
} from '../store';
import { PostgresActivityTypes } from './activity-types';
import { Batches } from './batches';
import { PostgresCounts } from './counts';
import { checkSchema, migrate } from './migrate';
import { Patience } from './patience';
import type { PgPool } from './pool';
import { NOBODY, type StoreObserver } from '../observer';
import { HotStatements } from './hot-statements';
import { decideIn } from './decisions';
import { PostgresRecordsView } from './records-view';
import { PostgresRecorded } from './recorded';
import { verdictOf } from './rows';
import { PostgresRunDurations } from './run-durations';
import { PostgresSchedules } from './schedules';
import { readSteps, writeStep } from './steps';
import { PostgresStarts } from './starts';
import { PostgresUpkeep } from './upkeep';

export interface PostgresStoreOptions {
  readonly pool: PgPool;
  /** Checked identifier. */
  readonly schema: string;
  /** How long a call keeps trying while the database can't be asked or a row is in somebody's hand. */
  readonly patienceMs: number;
  /** Whether `close` ends the pool: only one this package made. */
  readonly ownsPool: boolean;
}

/** Records in Postgres: the truth. Every decision is made by its functions under its clock. */
export class PostgresStore implements TransactionalStore {
  readonly pool: PgPool;
  readonly schema: string;
  readonly upkeep: PostgresUpkeep;
  readonly activityTypes: PostgresActivityTypes;
  readonly starts: PostgresStarts;
  readonly schedules: PostgresSchedules;
  readonly view: PostgresRecordsView;
  readonly decisions: Decisions;
  private observer: StoreObserver = NOBODY;
  readonly runDurations: PostgresRunDurations;
  private readonly statements: HotStatements;
  private readonly patience: Patience;
  private readonly batches: Batches;
  private readonly counts: PostgresCounts;
  private readonly recorded: PostgresRecorded;

  constructor(private readonly options: PostgresStoreOptions) {
    const { pool, schema, patienceMs } = options;
    this.pool = pool;
    this.schema = schema;
    this.patience = new Patience(schema, patienceMs);
    this.statements = new HotStatements(schema);
    this.batches = new Batches(pool, this.statements, this.patience, () => this.observer);
    const { patience } = this;
    const once = (operation: string, text: string, values: unknown[]) => this.query(operation, text, values);
    this.recorded = new PostgresRecorded(schema, once);
    this.counts = new PostgresCounts(schema, once);
    this.upkeep = new PostgresUpkeep(pool, schema);
    this.activityTypes = new PostgresActivityTypes(schema, once);
    this.view = new PostgresRecordsView(schema, once);
    this.runDurations = new PostgresRunDurations(schema, once);
    this.decisions = { decide: (decision) => this.decide(decision) };
    this.starts = new PostgresStarts(schema, (operation, text, values) =>
      patience.once(operation, () => patience.inTime(pool.query(text, values))),
    );
    this.schedules = new PostgresSchedules(schema, (operation, text, values, read) =>
      patience.untilAnswered(operation, async () =>
        read((await patience.inTime(pool.query(text, values))).rows),
      ),
    );
  }

  /** @throws SchemaNotMigratedError, SchemaTooNewError, StoreUnavailableError, StorePermissionError */
  check(): Promise<void> {
    return this.patience.once('check', async () => {
      await checkSchema(this.pool, this.schema);
      await this.statements.prepareWhereSafe(this.pool);
    });
  }

  /** @returns names of the migrations applied now. */
  migrate(): Promise<readonly string[]> {
    return this.patience.once('migrate', () => migrate(this.pool, this.schema));
  }

  /** Generation of the store: part of every cache key, so that raising it kills all older entries. */
  async generation(): Promise<string> {
    const { rows } = await this.query('generation', `SELECT generation FROM "${this.schema}".store_meta`);
    return String(rows[0]?.['generation']);
  }

  claim(request: ClaimRequest): Promise<ClaimAnswer> {
    return this.patience.untilAnswered('claim', () => this.batches.claim(request));
  }

  settle(settlement: Settlement): Promise<SettleVerdict> {
    return this.patience.untilAnswered(settlement.op, () => this.batches.settle(settlement));
  }

  /** Settles inside the caller's transaction, as one statement. Waits for nobody; `stale` when it isn't ours. */
  async settleWithin(db: Queryable, settlement: Settlement): Promise<SettleVerdict> {
    const { rows } = await this.statements.settleWithin(db, settlement);
    return verdictOf(rows[0]) ?? 'stale';
  }

  settled(): void {
    // Nothing stands in front of this store that would need to be told.
  }

  steps(claim: ClaimName): Promise<StepsAnswer> {
    return this.patience.untilAnswered('steps', () =>
      this.patience.inTime(readSteps(this.pool, this.schema, claim)),
    );
  }

  recordStep(step: StepToRecord): Promise<SettleVerdict> {
    return this.patience.untilAnswered('step', () =>
      this.patience.inTime(writeStep(this.pool, this.schema, step)),
    );
  }

  lookup(key: string): Promise<RecordView | undefined> {
    return this.recorded.lookup(key);
  }

  record(outcome: OutcomeToRecord): Promise<RecordVerdict> {
    return this.recorded.record(outcome);
  }

  /** `cache`: prefix of a cache that is to be told; remembered until it was. */
  clear(key: string, cache?: string): Promise<ClearReport> {
    return this.patience.once('clear', () => this.upkeep.invalidations.clear(key, cache));
  }

  /** By hand, with its audit. `cache` as for `clear`. */
  decide(decision: Decision, cache?: string): Promise<DecisionAnswer> {
    return decideIn(
      (operation, text, values) => this.query(operation, text, values),
      this.schema,
      decision,
      cache,
    );
  }

  async clock(): Promise<Date> {
    // As a number: how a pool of the user's reads timestamps is the user's affair.
    const { rows } = await this.query(
      'clock',
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::double precision AS ms',
    );
    return new Date(Number(rows[0]?.['ms']));
  }

  addCounts(counts: readonly CountDelta[]): Promise<void> {
    return this.counts.add(counts);
  }

  readCounts(sinceMinutes: number): Promise<readonly CountDelta[]> {
    return this.counts.read(sinceMinutes);
  }

  /** Without a cache in front nobody tells: the time is simply waited out. */
  async changed(_key: string, maxMs: number, signal: AbortSignal): Promise<void> {
    await sleep(maxMs, undefined, { signal, ref: true }).catch(() => undefined);
  }

  observe(observer: StoreObserver): void {
    this.observer = observer;
  }

  async close(): Promise<void> {
    if (this.options.ownsPool) await this.pool.end();
  }

  private query(operation: string, text: string, values: unknown[] = []): ReturnType<PgPool['query']> {
    return this.patience.once(operation, () => this.pool.query(text, values));
  }
}
