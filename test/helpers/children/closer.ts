// Connects, runs, waits, locks, closes; then nothing is left that would keep it alive.
import { Idempotency } from '../../../src/idempotency/service';
import { report, settings } from '../processes';
import { env } from '../services';

async function main(): Promise<void> {
  const { schema, prefix, redis } = settings<{ schema: string; prefix: string; redis?: string }>();
  const once = await Idempotency.connect({
    postgres: env('DATABASE_URL'),
    ...(redis === undefined ? {} : { redis }),
    schema,
    prefix,
  });
  const key = `closer-${process.pid}`;
  await Promise.all([1, 2].map(() => once.run({ type: 'closer', key }, () => 1)));
  await once.lock(key, {}, () => once.lookup({ type: 'closer', key }));
  await once.stats();
  await once.close();
  await report('closed');
  process.disconnect();
}

void main();
