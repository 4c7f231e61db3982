// Runs operations until it is told to stop, and writes down each body that begins and each outcome that it is answered with.
import { openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Idempotency, StoreUnavailableError } from '../../../src';
import type { Line } from '../../failover/promises';
import { randomNumbers } from '../../stores/subject';
import { report, settings, told } from '../processes';

async function main(): Promise<void> {
  const { journal, seed, callers, service } = settings<{
    journal: string;
    seed: number;
    callers: number;
    service: { postgres: string; redis: string; schema: string; prefix: string; leaseMs: number };
  }>();
  const file = openSync(journal, 'a');
  // One write a line: what is written is the kernel's, whatever becomes of this process.
  const write = (line: Line): void => void writeSync(file, `${JSON.stringify(line)}\n`);
  const [go, stop] = [told('go'), told('stop')];
  // More patience than a failover takes: who waits for the new primary is not turned away.
  const once = await Idempotency.connect({ ...service, storePatienceMs: 60_000 });
  let stopped = false;
  void stop.then(() => (stopped = true));
  let hangs = false;
  void told('hang').then(() => (hangs = true));
  let rounds = 0;

  async function call(caller: number): Promise<void> {
    const next = randomNumbers(seed + caller * 7_919);
    while (!stopped) {
      // Near to what the others are at, so that several meet at a key.
      const key = `order-${Math.floor(rounds++ / callers) * 2 + next(6)}`;
      try {
        const value = await once.run({ type: key, key }, async ({ fence, attempt }) => {
          const body = `${process.pid}-${fence}`;
          write({ is: 'began', key, body, fence: fence.toString(), attempt });
          if (hangs) {
            // Who is to be killed is so in the middle of a body, for certain.
            hangs = false;
            await report('hanging');
            await new Promise(() => undefined);
          }
          await sleep(next(30));
          return body;
        });
        write({ is: 'answered', key, body: value });
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
        write({ is: 'refused', key });
      }
    }
  }

  await report('ready');
  await go;
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)));
  await once.close();
  await report('done');
  process.disconnect();
}

void main();
