// Holds an operation or a lock for as long as it lives, as a process does whose work takes long or hangs.
import { OnceError } from '../../../src/errors';
import { Idempotency, type Operation } from '../../../src';
import { report, settings, told } from '../processes';

const codeOf = (error: unknown): { code: string } => ({
  code: error instanceof OnceError ? error.code : String(error),
});

async function main(): Promise<void> {
  const { postgres, redis, operation, as } = settings<{
    postgres: string;
    redis: string;
    operation: Operation;
    as: 'run' | 'lock';
  }>();
  const letGo = told('let go');
  const once = await Idempotency.connect({ postgres, redis, leaseMs: 1_000 });
  const body = async ({ signal }: { signal: AbortSignal }): Promise<string> => {
    signal.addEventListener('abort', () => void report('aborted', codeOf(signal.reason)));
    await report('held');
    await letGo;
    return 'from the holder';
  };
  const holding = as === 'lock' ? once.lock(operation.type, {}, body) : once.run(operation, body);
  await holding.then(
    (value) => report('ended', { value }),
    (error: unknown) => report('ended', codeOf(error)),
  );
  await once.close();
  process.disconnect();
}

void main();
