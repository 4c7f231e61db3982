import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '../../store-errors';
import { Batcher } from '../batcher';
import { bounded } from '../bounded';
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
import { asStoreError, kindOf } from './failures';
import { checkSchema, migrate, SCHEMA_VERSION } from './migrate';
import type { PgPool } from './pool';
import { sameOutcome } from '../same-outcome';
import { HotStatements } from './hot-statements';
import { decideIn } from './decisions';
import { PostgresRecordsView } from './records-view';
import { claimAnswer, recordView, verdictOf } from './rows';
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

/** Two statements on their way while this process prepares the next: measured, more gain nothing. */
const LANES = 2;
const MAX_BATCH = 32;

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
  readonly runDurations: PostgresRunDurations;
  private readonly statements: HotStatements;
  private readonly claims: Batcher<ClaimRequest, ClaimAnswer | undefined>;
  private readonly settlements: Batcher<Settlement, SettleVerdict | undefined>;

  constructor(private readonly options: PostgresStoreOptions) {
    this.pool = options.pool;
    this.schema = options.schema;
    this.upkeep = new PostgresUpkeep(options.pool, options.schema);
    this.activityTypes = new PostgresActivityTypes(options.schema, (operation, text, values) =>
      this.query(operation, text, values),
    );
    this.starts = new PostgresStarts(options.schema, (operation, text, values) =>
      this.asking(operation, () => this.inTime(this.pool.query(text, values))),
    );
    this.schedules = new PostgresSchedules(options.schema, (operation, text, values, read) =>
      this.asked(operation, async () => read((await this.inTime(this.pool.query(text, values))).rows)),
    );
    this.view = new PostgresRecordsView(options.schema, (operation, text, values) =>
      this.query(operation, text, values),
    );
    this.decisions = { decide: (decision) => this.decide(decision) };
    this.runDurations = new PostgresRunDurations(options.schema, (operation, text, values) =>
      this.query(operation, text, values),
    );
    this.statements = new HotStatements(options.schema);
    const blameItems = (error: unknown) => kindOf(error) === 'other';
    this.claims = new Batcher(
      (requests) => this.claimBatch(requests),
      (request) => request.key,
      blameItems,
      MAX_BATCH,
      LANES,
    );
    this.settlements = new Batcher(
      (items) => this.settleBatch(items),
      (item) => item.key,
      blameItems,
      MAX_BATCH,
      LANES,
    );
  }

  /** @throws SchemaNotMigratedError, SchemaTooNewError, StoreUnavailableError, StorePermissionError */
  check(): Promise<void> {
    return this.asking('check', async () => {
      await checkSchema(this.pool, this.schema);
      await this.statements.prepareWhereSafe(this.pool);
    });
  }

  /** @returns names of the migrations applied now. */
  migrate(): Promise<readonly string[]> {
    return this.asking('migrate', () => migrate(this.pool, this.schema));
  }

  /** Generation of the store: part of every cache key, so that raising it kills all older entries. */
  async generation(): Promise<string> {
    const { rows } = await this.query('generation', `SELECT generation FROM "${this.schema}".store_meta`);
    return String(rows[0]?.['generation']);
  }

  claim(request: ClaimRequest): Promise<ClaimAnswer> {
    return this.asked('claim', () => this.claims.add(request));
  }

  settle(settlement: Settlement): Promise<SettleVerdict> {
    return this.asked(settlement.op, () => this.settlements.add(settlement));
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
    return this.asked('steps', () => this.inTime(readSteps(this.pool, this.schema, claim)));
  }

  recordStep(step: StepToRecord): Promise<SettleVerdict> {
    return this.asked('step', () => this.inTime(writeStep(this.pool, this.schema, step)));
  }

  async lookup(key: string): Promise<RecordView | undefined> {
    const { rows } = await this.query(
      'lookup',
      `SELECT r.key, r.type, r.fence, r.runs, r.fingerprint, r.owner_detail, r.claimed_at, r.settled_at, r.context, r.payload,
         CASE WHEN r.state IN (2, 3) AND r.ends_at <= clock_timestamp() THEN 0 ELSE r.state END AS state,
         greatest(0, extract(epoch FROM r.ends_at - clock_timestamp()) * 1000)::double precision AS left_ms
       FROM "${this.schema}".records r WHERE r.key = $1`,
      [key],
    );
    const view = rows[0] && recordView(rows[0]);
    return view === undefined || view.state === 'absent' ? undefined : view;
  }

  async record(outcome: OutcomeToRecord): Promise<RecordVerdict> {
    const { rows } = await this.query(
      'record',
      `INSERT INTO "${this.schema}".records AS r (key, state, fence, nonce, runs, type, body_key, fingerprint, owner_execution,
         owner_start, owner_detail, claimed_at, settled_at, ends_at, payload, context)
       VALUES ($1, 2, nextval($8::text::regclass), gen_random_uuid(), 1, $2, $1, $3, 'recorded', 0, '{}', clock_timestamp(), clock_timestamp(),
         clock_timestamp() + $4::bigint * interval '1 millisecond', $5, $6)
       ON CONFLICT (key) DO UPDATE SET state = 2, fence = nextval($8::text::regclass), nonce = gen_random_uuid(), runs = 1,
         type = excluded.type, fingerprint = excluded.fingerprint, owner_execution = 'recorded', owner_start = 0,
         owner_detail = '{}', body_key = excluded.body_key, claimed_at = clock_timestamp(), settled_at = clock_timestamp(),
         ends_at = clock_timestamp() + $7::bigint * interval '1 millisecond', payload = excluded.payload,
         context = excluded.context
       WHERE r.state = 0 OR r.ends_at <= clock_timestamp()
       RETURNING r.fence`,
      [
        outcome.key,
        outcome.type,
        outcome.fingerprint ?? null,
        Math.round(outcome.retentionMs),
        outcome.payload === undefined ? null : Buffer.from(outcome.payload),
        outcome.context ?? null,
        Math.round(outcome.retentionMs),
        `"${this.schema}".fences`,
      ],
    );
    if (rows.length === 1) return 'recorded';
    const standing = await this.lookup(outcome.key);
    // It was let go in between: now the key is free.
    if (standing === undefined) return this.record(outcome);
    if (standing.state === 'running') return 'live';
    return sameOutcome(standing, outcome) ? 'recorded' : 'settled';
  }

  /** `cache`: prefix of a cache that is to be told; remembered until it was. */
  clear(key: string, cache?: string): Promise<ClearReport> {
    return this.asking('clear', () => this.upkeep.invalidations.clear(key, cache));
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

  async addCounts(counts: readonly CountDelta[]): Promise<void> {
    if (counts.length === 0) return;
    await this.query(
      'counts',
      `INSERT INTO "${this.schema}".counts AS c (minute, type, door, path, count)
       SELECT date_trunc('minute', clock_timestamp()), i.type, i.door, i.path, i.count
       FROM json_to_recordset($1) AS i(type text, door text, path text, count bigint) ORDER BY 2, 3, 4
       ON CONFLICT (minute, type, door, path) DO UPDATE SET count = c.count + excluded.count`,
      [JSON.stringify(counts)],
    );
  }

  async readCounts(sinceMinutes: number): Promise<readonly CountDelta[]> {
    const { rows } = await this.query(
      'counts',
      `SELECT type, door, path, sum(count)::bigint AS count FROM "${this.schema}".counts
       WHERE minute >= clock_timestamp() - $1::int * interval '1 minute' GROUP BY type, door, path ORDER BY type, door, path`,
      [sinceMinutes],
    );
    return rows.map((row) => ({
      type: row['type'] as string,
      door: row['door'] as string,
      path: row['path'] as string,
      count: Number(row['count']),
    }));
  }

  /** Without a cache in front nobody tells: the time is simply waited out. */
  async changed(_key: string, maxMs: number, signal: AbortSignal): Promise<void> {
    await sleep(maxMs, undefined, { signal, ref: true }).catch(() => undefined);
  }

  async close(): Promise<void> {
    if (this.options.ownsPool) await this.pool.end();
  }

  /** A database that is connected and silent is given as long as one that is away. */
  private inTime<Answer>(call: Promise<Answer>): Promise<Answer> {
    return bounded(call, Math.max(100, this.options.patienceMs), 'Postgres');
  }

  private async claimBatch(requests: readonly ClaimRequest[]): Promise<(ClaimAnswer | undefined)[]> {
    const { rows } = await this.inTime(this.statements.claim(this.pool, requests));
    const answers = new Map(rows.map((row) => [row['key'], row]));
    return requests.map((request) => {
      const row = answers.get(request.key);
      return row === undefined ? undefined : claimAnswer(row, request);
    });
  }

  private async settleBatch(items: readonly Settlement[]): Promise<(SettleVerdict | undefined)[]> {
    const { rows } = await this.inTime(this.statements.settle(this.pool, items));
    const verdicts = new Array<SettleVerdict | undefined>(items.length).fill(undefined);
    // A batch that was not settled whole answers for each item once more: what was done stays done.
    for (const row of rows) verdicts[row['ord'] as number] ??= verdictOf(row);
    return verdicts;
  }

  /** The first answer, as it nearly always comes; else patience. */
  private asked<Answer>(operation: string, ask: () => Promise<Answer | undefined>): Promise<Answer> {
    const startedAtMs = performance.now();
    return ask().then(
      (answer) => answer ?? this.patiently(operation, ask, startedAtMs, undefined),
      (trouble: unknown) => this.patiently(operation, ask, startedAtMs, trouble),
    );
  }

  /**
   * Asks again until there is an answer or patience ends. A claim or settlement whose reply was lost is simply
   * repeated: its nonce makes the repetition the same claim, and completing twice is success.
   */
  private async patiently<Answer>(
    operation: string,
    ask: () => Promise<Answer | undefined>,
    startedAtMs: number,
    firstTrouble: unknown,
  ): Promise<Answer> {
    let trouble = firstTrouble;
    for (let round = 0; ; round++) {
      if (trouble !== undefined && kindOf(trouble) !== 'transient') {
        throw asStoreError(trouble, operation, this.schema, SCHEMA_VERSION);
      }
      if (performance.now() - startedAtMs > this.options.patienceMs) {
        const locked = new Error('the record is locked by another transaction');
        throw new StoreUnavailableError(operation, trouble ?? locked);
      }
      // The first repetition is at once: most often somebody else has just won the row.
      if (round > 0) await sleep(Math.min(100, 2 ** round) * (0.5 + Math.random()));
      trouble = undefined;
      try {
        const answer = await ask();
        if (answer !== undefined) return answer;
      } catch (error) {
        trouble = error;
      }
    }
  }

  private query(operation: string, text: string, values: unknown[] = []): ReturnType<PgPool['query']> {
    return this.asking(operation, () => this.pool.query(text, values));
  }

  private async asking<Answer>(operation: string, ask: () => Promise<Answer>): Promise<Answer> {
    try {
      return await ask();
    } catch (error) {
      throw asStoreError(error, operation, this.schema, SCHEMA_VERSION);
    }
  }
}
