import { FAILURE_TYPES, FingerprintMismatchError, type OncePlugin } from '../../src';
import { assert } from '../helpers/assert';
import { BoundEncryption } from './support/encryption';
import { failureOf } from './support/failures';
import { World } from './support/world';

describe('[integration] a child and a client that start the same operation', function () {
  this.timeout(60_000);
  const dataConverter = { payloadCodecs: [new BoundEncryption()] };
  let world: World;
  let n = 0;
  before(async () => (world = await World.open({ dataConverter })));
  after(() => world.close());

  for (const secret of [undefined, 'a secret of some length']) {
    const during = (body: (both: Both) => Promise<void>): Promise<void> => {
      const once = world.plugin(secret === undefined ? {} : { secret });
      const activities = { note: async (name: string) => world.effects.add(name) };
      return world.during({ plugins: [once], activities, dataConverter }, async (queue) => {
        await body(bothOn(once, queue));
        await once.close();
      });
    };
    const title = secret === undefined ? 'without a secret' : 'with a secret';

    it(`${title}: a client that meets a child's run gets it, and other arguments are refused`, async () => {
      await during(async ({ key, type, byChild, byClient }) => {
        const first = byChild([key, 1_500]);
        const id = `global/${type}/${key}`;
        const bare = world.client.workflow.getHandle(id);
        while (!(await bare.describe().catch(() => undefined))) await new Promise((go) => setTimeout(go, 20));
        for (const end of [undefined, first]) {
          await end;
          const handle = await byClient([key, 1_500]);
          assert.equal(handle.firstExecutionRunId, (await bare.describe()).runId);
          await assert.rejects(byClient([key, 1_501]), FingerprintMismatchError);
          await assert.rejects(byClient([key]), FingerprintMismatchError);
          assert.equal(await handle.result(), `slow ${key}`);
        }
        assert.equal(await world.effects.count(`child ${key}`), 1);
      });
    });

    it(`${title}: a parent that meets a client's run gets its outcome, and other arguments are refused`, async () => {
      await during(async ({ key, byChild, byClient }) => {
        const first = await byClient([key, 1_000]);
        for (const end of [undefined, first.result()]) {
          await end;
          const refused = await failureOf(byChild([key, 1_001]));
          assert.equal(refused.type, FAILURE_TYPES.fingerprintMismatch);
          assert.equal(await byChild([key, 1_000]), `slow ${key}`);
        }
        assert.equal(await world.effects.count(`child ${key}`), 1);
      });
    });

    it(`${title}: what a parent says does not count is not compared; a chain is compared by its first run`, async () => {
      await during(async ({ key, byChild, byClient }) => {
        await byChild([key, 1], 'slowChild', { fingerprint: false });
        assert.equal(await (await byClient([key, 2])).result(), `slow ${key}`);
        assert.equal(await byChild([key], 'chainedChild'), `chained ${key}`);
        assert.equal(await (await byClient([key], 'chainedChild')).result(), `chained ${key}`);
        await assert.rejects(byClient([key, 2], 'chainedChild'), FingerprintMismatchError);
      });
    });
  }

  type Both = ReturnType<typeof bothOn>;

  function bothOn(once: OncePlugin, taskQueue: string) {
    const client = world.clientWith(once, { dataConverter });
    const key = `${world.prefix}-${++n}`;
    return {
      key,
      type: 'slowChild',
      byChild: (args: unknown[], type = 'slowChild', policy: object = {}) =>
        world.execute('parent', taskQueue, [type, args, { idempotency: { key, ...policy } }]),
      byClient: async (args: unknown[], type = 'slowChild') =>
        client.workflow.start(type, await once.startOptions(type, { taskQueue, args, idempotency: { key } })),
    };
  }
});
