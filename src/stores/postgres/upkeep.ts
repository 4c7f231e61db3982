import type {
  GenerationRaised,
  Replayed,
  StoreIdentity,
  StoreUpkeep,
  SweepLimits,
  Swept,
  WeakSetting,
} from '../upkeep';
import { asStoreError } from './failures';
import { Invalidations } from './invalidations';
import { SCHEMA_VERSION } from './migrate';
import { queryAs, type PgPool } from './pool';
import { readWeakSettings } from './weak-settings';

/** Far above what a database can have handed out and lost: a million claims a second for eleven days. */
const FENCE_STEP = 10 ** 12;
const MAX_ROWS = 1_000;
/** Durations of runs: fourteen months, so that what runs once a month has a trend. */
const KEEP_DAYS = 430;
/** Raising a generation looks at every record: given longer than other statements. */
const RAISE_TIMEOUT_MS = 30 * 60_000;

const UPKEEP_GRANT =
  'Upkeep needs, beside the grants of a worker, DELETE on the tables; raising the generation also UPDATE on the sequence.';

type Rows = ReturnType<PgPool['query']>;

/** Upkeep of the records in Postgres, without a cache in front. */
export class PostgresUpkeep implements StoreUpkeep {
  readonly invalidations: Invalidations;

  constructor(
    private readonly pool: PgPool,
    private readonly schema: string,
  ) {
    this.invalidations = new Invalidations(pool, schema);
  }

  async identity(): Promise<StoreIdentity> {
    const { rows } = await this.query('identity', `SELECT store_id FROM "${this.schema}".store_meta`);
    return { schema: this.schema, storeId: rows[0]?.['store_id'] as string };
  }

  async sweep({ restMs, blocks }: SweepLimits): Promise<Swept> {
    const { rows } = await this.query('sweep', `SELECT swept, done FROM "${this.schema}".sweep_v1($1, $2)`, [
      Math.round(restMs),
      blocks,
    ]);
    return rows[0] as unknown as Swept;
  }

  async trim(keepMs: number): Promise<number> {
    const { rows } = await this.query('trim', `SELECT "${this.schema}".trim_v1($1, $2) AS trimmed`, [
      Math.round(keepMs),
      MAX_ROWS,
    ]);
    return (
      Number(rows[0]?.['trimmed']) +
      (await this.sweepOf('steps')) +
      (await this.sweepOf('starts')) +
      (await this.sweepOf('schedules')) +
      (await this.trimActivityTypes(keepMs)) +
      (await this.trimRunDurations())
    );
  }

  /** Nobody stands in front who could have missed a clear. */
  replayInvalidations(): Promise<Replayed> {
    return Promise.resolve({ replayed: 0, pending: 0 });
  }

  async raiseGeneration(): Promise<GenerationRaised> {
    const text = `SELECT previous, generation, fence FROM "${this.schema}".raise_generation_v1($1)`;
    const { rows } = await this.asking('raise generation', () =>
      queryAs(this.pool, { text, values: [FENCE_STEP], query_timeout: RAISE_TIMEOUT_MS }),
    );
    const row = rows[0] as { previous: string; generation: string; fence: string };
    return { previous: row.previous, generation: row.generation, fence: BigInt(row.fence) };
  }

  weakSettings(): Promise<readonly WeakSetting[]> {
    return this.asking('settings', () => readWeakSettings(this.pool));
  }

  /** Steps of operations that are over, starts whose retention is and schedules that are gone have a sweep of their own. */
  private async sweepOf(what: 'steps' | 'starts' | 'schedules'): Promise<number> {
    const text = `SELECT "${this.schema}".sweep_${what}_v1($1) AS swept`;
    const { rows } = await this.query('trim', text, [MAX_ROWS]);
    return Number(rows[0]?.['swept']);
  }

  /** Types that no worker has declared or run for as long. */
  private async trimActivityTypes(keepMs: number): Promise<number> {
    const { rows } = await this.query(
      'trim',
      `SELECT "${this.schema}".trim_activity_types_v1($1, $2) AS trimmed`,
      [Math.round(keepMs), MAX_ROWS],
    );
    return Number(rows[0]?.['trimmed']);
  }

  private async trimRunDurations(): Promise<number> {
    const { rows } = await this.query(
      'trim',
      `SELECT "${this.schema}".trim_run_durations_v1($1, $2) AS trimmed`,
      [KEEP_DAYS, MAX_ROWS],
    );
    return Number(rows[0]?.['trimmed']);
  }

  private query(operation: string, text: string, values: unknown[] = []): Rows {
    return this.asking(operation, () => this.pool.query(text, values));
  }

  private async asking<Answer>(operation: string, ask: () => Promise<Answer>): Promise<Answer> {
    try {
      return await ask();
    } catch (error) {
      throw asStoreError(error, operation, this.schema, SCHEMA_VERSION, UPKEEP_GRANT);
    }
  }
}
