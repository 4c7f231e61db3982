import type { ClearReport } from '../store';
import type { PgPool } from './pool';
import { stateOf } from './rows';

export interface Invalidation {
  readonly key: string;
  readonly fence: bigint;
}

/** Clears, and what a cache still has to be told of them. */
export class Invalidations {
  private readonly table: string;

  constructor(
    private readonly pool: PgPool,
    private readonly schema: string,
  ) {
    this.table = `"${schema}".invalidations`;
  }

  /** Clears a key and its start; for a cache, by its prefix, the same statement remembers that it is to be told. */
  async clear(key: string, cache: string | undefined): Promise<ClearReport> {
    const { rows } = await this.pool.query(`SELECT fence, state FROM "${this.schema}".clear_v1($1, $2)`, [
      key,
      cache ?? null,
    ]);
    const row = rows[0];
    return {
      previous: stateOf(row?.['state'] ?? 0),
      fence: BigInt(row?.['fence'] as string),
      cache: 'none',
      cacheMaxAgeMs: 0,
      pending: false,
    };
  }

  /** The cache took it. A newer clear of the key has a greater fence and stays to be told. */
  async placed(cache: string, { key, fence }: Invalidation): Promise<void> {
    await this.pool.query(
      `UPDATE ${this.table} SET placed = true WHERE cache = $1 AND key = $2 AND fence <= $3`,
      [cache, key, fence.toString()],
    );
  }

  /** The cache may have lost what it took of late: it is to be told again. */
  async doubt(cache: string, withinMs: number): Promise<void> {
    await this.pool.query(
      `UPDATE ${this.table} SET placed = false
       WHERE cache = $1 AND placed AND cleared_at > clock_timestamp() - $2 * interval '1 ms'`,
      [cache, withinMs],
    );
  }

  async pending(cache: string, max: number): Promise<readonly Invalidation[]> {
    const { rows } = await this.pool.query(
      `SELECT key, fence FROM ${this.table} WHERE cache = $1 AND NOT placed ORDER BY cleared_at LIMIT $2`,
      [cache, max],
    );
    return rows.map((row) => ({ key: row['key'] as string, fence: BigInt(row['fence'] as string) }));
  }

  /** The cache took it on a later try: marked and counted in one. */
  async replayed(cache: string, { key, fence }: Invalidation): Promise<void> {
    await this.pool.query(
      `WITH told AS (UPDATE ${this.table} SET placed = true
         WHERE cache = $1 AND key = $2 AND fence <= $3 AND NOT placed RETURNING 1)
       SELECT "${this.schema}".count_upkeep_v1('invalidations_replayed', (SELECT count(*) FROM told))`,
      [cache, key, fence.toString()],
    );
  }
}
