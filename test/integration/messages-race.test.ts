import { fork } from 'node:child_process';
import { once as event } from 'node:events';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { assert } from '../helpers/assert';
import type { SenderConfig } from './support/message-child';
import { turn } from './support/turn';
import { World } from './support/world';
import { add, finish } from './workflows/messages';
import { OncePlugin } from '../../src';

describe('[integration] many senders of the same messages', function () {
  this.timeout(90_000);
  let world: World;
  before(async () => (world = await World.open()));
  after(() => world.close());

  const seed = Number(process.env['ONCE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const [PROCESSES, KEYS, SENDS] = [4, 12, 48];

  async function sender(config: SenderConfig): Promise<Record<string, string[]>> {
    const child = fork(join(__dirname, 'support', 'message-child.js'), [JSON.stringify(config)]);
    const exit = event(child, 'exit');
    const [results] = (await Promise.race([
      event(child, 'message'),
      exit.then(([code]) => Promise.reject(new Error(`a sender ended with ${code}`))),
    ])) as [Record<string, string[]>];
    await exit;
    return results;
  }

  it(`each key is handled once, and each update has one answer, through continue-as-new (ONCE_SEED=${seed})`, async () => {
    await world.during({}, async (queue) => {
      const handle = await world.start('ledger', queue, []);
      const { workflowId } = handle;
      const senders = Array.from({ length: PROCESSES }, (_, n) =>
        sender({ workflowId, keys: KEYS, sends: SENDS, seed: (seed + n * 7919) >>> 0 }),
      );
      const done = Promise.all(senders);
      let running = true;
      void done.finally(() => (running = false)).catch(() => undefined);
      while (running) await turn(handle);
      const results = await done;
      await handle.signal(finish);
      const seen = (await handle.result()) as string[];
      assert.equal(new Set(seen).size, seen.length, 'nothing was handled twice');
      const added = seen.filter((entry) => entry.startsWith('add '));
      assert.equal(added.length, KEYS, 'every key was sent and handled');
      for (let key = 0; key < KEYS; key++) {
        const answers = new Set(results.flatMap((one) => one[`key-${key}`] ?? []));
        assert.ok(answers.size <= 1, `key-${key} has ${answers.size} answers`);
      }
    });
  });

  it('many keys: what a run remembers, and hands over, stays bounded', async () => {
    const once = new OncePlugin({ postgres: 'postgres://nobody@127.0.0.1:1/none' });
    await world.during({}, async (queue) => {
      const handle = await world.start('ledger', queue, []);
      const { workflow } = new Client({
        connection: world.client.connection,
        plugins: [once],
      });
      const target = workflow.getHandle(handle.workflowId);
      const numbers = Array.from({ length: 1500 }, (_, n) => n);
      for (let from = 0; from < numbers.length; from += 50) {
        await Promise.all(
          numbers.slice(from, from + 50).map((n) => once.signal(target, add, { key: n }, `${n}`)),
        );
      }
      await turn(handle);
      const { memo } = await target.describe();
      const carried = JSON.stringify(memo?.['__temporal_once_messages']).length;
      assert.ok(carried > 15_000 && carried <= 20_000, `${carried} bytes`);
      await once.signal(target, add, { key: 1499 }, '1499');
      await target.signal(finish);
      assert.equal(((await handle.result()) as string[]).length, 1500);
    });
  });
});
