import { assert } from '../helpers/assert';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { join } from 'node:path';
import { OncePlugin } from '../../src';
import { BoundEncryption } from './support/encryption';
import { turn } from './support/turn';
import { DATABASE_URL, World } from './support/world';
import { add, charge, finish } from './workflows/messages';

const SECRET = 'plaintext-marker-71c0';

for (const hashKeys of [false, true]) {
  describe(`[integration] messages under a codec${hashKeys ? ', with hashed keys' : ''}`, () => {
    const once = new OncePlugin({ postgres: DATABASE_URL, hashKeys });
    const dataConverter = { payloadCodecs: [new BoundEncryption()] };
    let world: World;
    before(async () => (world = await World.open({ dataConverter, plugins: [once] })));
    after(() => world.close());

    it('outcomes are carried as the codec encodes them', async () => {
      const workflowBundle = await bundleWorkflowCode({
        workflowsPath: join(__dirname, 'workflows', 'index.js'),
        plugins: [once],
        logger: new DefaultLogger('ERROR'),
      });
      await world.during({ dataConverter, workflowBundle }, async (queue) => {
        const handle = await world.start('ledger', queue, []);
        const call = (id: string) =>
          handle.executeUpdate(charge, { args: [id, 1], idempotency: { key: 'customer-key' } });
        const runs: string[] = [];
        const first = await call(SECRET);
        for (let run = 0; run < 2; run++) {
          await once.signal(handle, add, { key: 'customer-key' }, SECRET);
          assert.deepEqual(await call(SECRET), first);
          const { events } = await world.client.workflow.getHandle(handle.workflowId).fetchHistory();
          runs.push(texts(events));
          await turn(handle);
        }
        assert.deepEqual(await call(SECRET), { receipt: `receipt ${SECRET}`, number: 1 });
        const { raw } = await world.client.workflow.getHandle(handle.workflowId).describe();
        const payload = raw.workflowExecutionInfo?.memo?.fields?.['__temporal_once_messages'];
        assert.equal(Buffer.from(payload?.metadata?.['encoding'] ?? []).toString(), 'binary/encrypted');
        await handle.signal(finish);
        assert.deepEqual(await handle.result(), [`charge ${SECRET} 1`, `add ${SECRET}`]);
        for (const text of runs) {
          assert.ok(text.includes('/charge/'), 'the key is in the header');
          assert.ok(!text.includes(SECRET));
          // What travels in a header, and in an update id, is readable unless keys are hashed.
          assert.equal(text.includes('customer-key'), !hashKeys);
        }
      });
    });
  });
}

/** Everything in the events that is text, bytes read as UTF-8. */
function texts(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  return Object.values(value).map(texts).join('\n');
}
