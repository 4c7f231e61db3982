import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Crew } from './crew';
import type { Load } from './load';
import { KILLS } from './settings';

/** Kills the two workers in turn, spread over the load, each time in the middle of work. @returns kills done. */
export async function killInTurn(
  crew: Crew,
  load: Load,
  pool: Pool,
  schema: string,
  signal: AbortSignal,
  onKill: () => void,
): Promise<void> {
  for (let kill = 1; kill <= KILLS; kill++) {
    const slot = kill % 2 === 1 ? 'A' : 'B';
    const due = (load.total * kill) / (KILLS + 2);
    while (load.answers.length < due || !crew.complete || !(await busy(pool, schema, crew.nameOf(slot)))) {
      if (signal.aborted || load.answers.length === load.total) return;
      await sleep(load.answers.length < due || !crew.complete ? 50 : 2);
    }
    const worker = crew.nameOf(slot);
    await crew.kill(slot);
    await pool.query(`INSERT INTO ${schema}.events (what, worker) VALUES ('killed', $1)`, [worker]);
    onKill();
  }
}

/** Whether a body began so lately that it can't have ended: it takes more than 20 ms. */
async function busy(pool: Pool, schema: string, worker: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `SELECT FROM ${schema}.events WHERE worker = $1 AND at > clock_timestamp() - interval '40 ms' LIMIT 1`,
    [worker],
  );
  return rowCount !== 0;
}
