// Calls one operation many times at once; the body writes one row of effects.
import { setTimeout as sleep } from 'node:timers/promises';
import { Idempotency } from '../../../src/idempotency/service';
import { report, settings, told } from '../processes';
import { env, openPool } from '../services';

async function main(): Promise<void> {
  const { schema, prefix, callers } = settings<{ schema: string; prefix: string; callers: number }>();
  const go = told('go');
  const once = await Idempotency.connect({
    postgres: env('DATABASE_URL'),
    redis: env('REDIS_URL'),
    schema,
    prefix,
    maxWaiters: callers,
  });
  const pool = openPool();
  await report('ready');
  await go;
  const body = async (): Promise<string> => {
    await pool.query(`INSERT INTO "${schema}".effects DEFAULT VALUES`);
    await sleep(100);
    return 'the only result';
  };
  const calls = Array.from({ length: callers }, () => once.run({ type: 'storm', key: 'one' }, body));
  const settled = await Promise.allSettled(calls);
  const answers = settled.map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)));
  await report('done', { answers: [...new Set(answers)] });
  await once.close();
  await pool.end();
  process.disconnect();
}

void main();
