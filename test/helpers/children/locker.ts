// Takes a lock again and again and adds one to a number that nothing else protects.
import { setTimeout as sleep } from 'node:timers/promises';
import { Idempotency } from '../../../src/idempotency/service';
import { report, settings, told } from '../processes';
import { env, openPool } from '../services';

async function main(): Promise<void> {
  const { schema, prefix, rounds, pauses } = settings<{
    schema: string;
    prefix: string;
    rounds: number;
    pauses: number[];
  }>();
  const go = told('go');
  const once = await Idempotency.connect({
    postgres: env('DATABASE_URL'),
    redis: env('REDIS_URL'),
    schema,
    prefix,
    waitTimeout: '60s',
  });
  const pool = openPool({ max: 1 });
  await report('ready');
  await go;
  for (let round = 0; round < rounds; round++) {
    const step = async ({ fence }: { readonly fence: bigint }): Promise<void> => {
      const { rows } = await pool.query<{ value: number }>(`SELECT value FROM "${schema}".unprotected`);
      await sleep(pauses[round % pauses.length] ?? 0);
      await pool.query(`UPDATE "${schema}".unprotected SET value = $1`, [(rows[0]?.value ?? 0) + 1]);
      await pool.query(`INSERT INTO "${schema}".holders (fence) VALUES ($1)`, [fence.toString()]);
    };
    // Both forms of a lock keep each other out.
    if (round % 2 === 0) {
      await once.lock('counter', {}, step);
    } else {
      const held = await once.acquireLock('counter');
      await step(held);
      await held.release();
    }
  }
  await report('done');
  await once.close();
  await pool.end();
  process.disconnect();
}

void main();
