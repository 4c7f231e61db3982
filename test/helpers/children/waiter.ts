// Asks for operations that run elsewhere, waits for them, and says when each answer came.
import { Idempotency } from '../../../src/idempotency/service';
import { report, settings } from '../processes';
import { env } from '../services';

async function main(): Promise<void> {
  const { schema, prefix, type, keys } = settings<{
    schema: string;
    prefix: string;
    type: string;
    keys: string[];
  }>();
  const once = await Idempotency.connect({
    ...{ postgres: env('DATABASE_URL'), redis: env('REDIS_URL'), schema, prefix },
    maxWaiters: keys.length,
  });
  await report('asking');
  const answers = await Promise.all(
    keys.map(async (key) => {
      const result = await once.run({ type, key }, () => 'ran here');
      return { result, atMs: Number(process.hrtime.bigint()) / 1e6 };
    }),
  );
  await report('answered', { answers });
  await once.close();
  process.disconnect();
}

void main();
