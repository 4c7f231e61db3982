// Holds a lock or an operation until told to let go, and says what became of it.
import { OnceError } from '../../../src/errors';
import { Idempotency } from '../../../src/idempotency/service';
import { report, settings, told } from '../processes';
import { env } from '../services';

async function main(): Promise<void> {
  const { schema, name, as } = settings<{ schema: string; name: string; as: 'lock' | 'run' | 'handle' }>();
  const letGo = told('let go');
  const once = await Idempotency.connect({ postgres: env('DATABASE_URL'), schema, leaseMs: 1_000 });
  const body = async ({ fence, signal }: { fence: bigint; signal: AbortSignal }): Promise<string> => {
    signal.addEventListener('abort', () => {
      const reason: unknown = signal.reason;
      void report('aborted', { code: reason instanceof OnceError ? reason.code : String(reason) });
    });
    await report('held', { fence: fence.toString() });
    await letGo;
    return 'from the holder';
  };
  const byHand = async (): Promise<string> => {
    const held = await once.acquireLock(name);
    await body(held);
    return (await held.release()) ? 'released' : 'lost';
  };
  const holding =
    as === 'handle'
      ? byHand()
      : as === 'lock'
        ? once.lock(name, {}, body)
        : once.run({ type: 'held', key: name }, body);
  await holding.then(
    (value) => report('ended', { value }),
    (error: unknown) => report('ended', { code: error instanceof OnceError ? error.code : String(error) }),
  );
  await once.close();
  process.disconnect();
}

void main();
