import type { PgPool } from '../../stores/postgres/pool';
import { ok, warn, type Checked } from './check';

const TOLERATED_MS = 5_000;

/** How far apart the clocks of Postgres, Redis and this machine are. None but that of Postgres decides anything. */
export async function checkClocks(
  pool: PgPool,
  redisAt: () => Promise<number | undefined>,
): Promise<Checked> {
  const { rows } = await pool.query(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::double precision AS ms',
  );
  const here = Date.now();
  const postgres = Number(rows[0]?.['ms']);
  const redis = await redisAt();
  const off = (at: number, reference: number): string => `${((at - reference) / 1_000).toFixed(1)} s`;
  const found = `this machine is ${off(here, postgres)} ahead of Postgres${
    redis === undefined ? '' : `, Redis ${off(redis, postgres + (Date.now() - here))}`
  }`;
  const apart = Math.max(
    Math.abs(here - postgres),
    redis === undefined ? 0 : Math.abs(redis - postgres - (Date.now() - here)),
  );
  if (apart <= TOLERATED_MS) return ok('clocks', found);
  return warn('clocks', found, 'nothing here depends on it, logs and TLS do: let NTP set them');
}
