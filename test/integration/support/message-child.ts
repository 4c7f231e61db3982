import { Client, Connection } from '@temporalio/client';
import { OncePlugin } from '../../../src';
import { add, charge } from '../workflows/messages';

/** Which workflow a sender writes to, what, and in which order. */
export interface SenderConfig {
  readonly workflowId: string;
  readonly keys: number;
  readonly sends: number;
  readonly seed: number;
}

const { workflowId, keys, sends, seed } = JSON.parse(process.argv[2] as string) as SenderConfig;
process.once('disconnect', () => process.exit(1));

/** A sender that retries too much: signals and updates of few keys, several at once. */
async function main(): Promise<void> {
  const connection = await Connection.connect({ address: process.env['TEMPORAL_ADDRESS'] as string });
  const once = new OncePlugin({ postgres: process.env['DATABASE_URL'] as string });
  const handle = new Client({ connection, plugins: [once] }).workflow.getHandle(workflowId);
  let state = seed;
  const draw = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const results: Record<string, string[]> = {};
  const send = async (): Promise<void> => {
    const key = `key-${draw(keys)}`;
    if (draw(3) > 0) return once.signal(handle, add, { key }, key);
    const update = { args: [key, 1] as [string, number], idempotency: { key } };
    // The server refuses an update whose workflow task failed, as a run's last one does when a signal came between.
    for (let tries = 1; ; tries++) {
      try {
        (results[key] ??= []).push(JSON.stringify(await handle.executeUpdate(charge, update)));
        return;
      } catch (error) {
        if (tries === 50) throw error;
      }
    }
  };
  for (let sent = 0; sent < sends; sent += 4) await Promise.all([send(), send(), send(), send()]);
  // Whatever was drawn, every key was sent.
  for (let n = 0; n < keys; n++) await once.signal(handle, add, { key: `key-${n}` }, `key-${n}`);
  process.send?.(results);
  await connection.close();
  process.disconnect?.();
}

void main();
