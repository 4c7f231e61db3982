import { CompleteAsyncError, Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { assert } from '../helpers/assert';
import { until } from '../helpers/services';
import { unsettle } from '../helpers/vanished';
import {
  AsyncTokenError,
  currentClaim,
  deriveKey,
  FAILURE_TYPES,
  idempotent,
  StaleClaimError,
  type Idempotency,
} from '../../src';
import { BoundEncryption } from './support/encryption';
import { attemptsOf, failureOf } from './support/failures';
import { REDIS_URL, World, randomId } from './support/world';

describe('[integration] async completion', () => {
  const dataConverter = { payloadCodecs: [new BoundEncryption()] };
  let world: World;
  let once: Idempotency;
  let tokens: Map<string, string>;
  let taskTokens: Map<string, Uint8Array>;
  before(async () => {
    world = await World.open({ dataConverter });
    once = await world.service();
  });
  beforeEach(() => {
    tokens = new Map();
    taskTokens = new Map();
  });
  after(async () => {
    await once.close();
    await world.close();
  });

  const handOver = idempotent({ key: (id: string) => id, cacheErrors: ['Named'] }, async (id: string) => {
    const again = (await world.effects.count(`handOver ${id}`)) > 0;
    await world.effects.add(`handOver ${id}`);
    if (again) return `second run of ${id}`;
    currentClaim().setRetention('3h');
    tokens.set(id, currentClaim().asyncToken());
    taskTokens.set(id, Context.current().info.taskToken);
    throw new CompleteAsyncError();
  });
  const given = () => ({ activities: { handOver }, dataConverter, plugins: [world.plugin()] });
  const keyOf = (id: string) => deriveKey({ type: 'handOver', key: id });
  const start = async (queue: string, id: string, options: object = {}) => {
    const handle = await world.start('call', queue, ['handOver', [id], options]);
    await world.effects.until(`handOver ${id}`);
    // Until the hand-over has reached the record.
    await new Promise((resolve) => setTimeout(resolve, 200));
    return handle;
  };
  const tokenOf = (id: string): string => tokens.get(id) as string;
  const call = (queue: string, id: string, options: object = {}) =>
    world.execute('call', queue, ['handOver', [id], options]);
  const recordOf = async (id: string) => {
    const { rows } = await world.pool.query<{ state: number; left_s: string; payload: Buffer | null }>(
      `SELECT state, extract(epoch FROM ends_at - clock_timestamp()) AS left_s, payload
         FROM ${world.schema}.records WHERE key = $1`,
      [keyOf(id)],
    );
    return { state: rows[0]?.state, leftMs: Number(rows[0]?.left_s) * 1_000, payload: rows[0]?.payload };
  };

  it('records the result under the claim that was handed over, and tells the server; repeating it is success', async () => {
    await world.during(given(), async (queue) => {
      const handle = await start(queue, 'ok', { startToCloseTimeout: '90s' });
      // Longer than any lease: the hand-over has reached the record.
      await until(async () => (await recordOf('ok')).leftMs > 40_000);
      const { state, leftMs } = await recordOf('ok');
      assert.equal(state, 1);
      assert.ok(leftMs > 80_000 && leftMs < 96_000, `held to the deadline of the activity: ${leftMs}`);
      const waiting = call(queue, 'ok');
      for (let round = 0; round < 3; round++)
        await once.completeAsync(world.client, tokenOf('ok'), { paid: 'ok' });
      assert.deepEqual(await handle.result(), { paid: 'ok' });
      assert.deepEqual(await waiting, { paid: 'ok' });
      assert.deepEqual(await call(queue, 'ok'), { paid: 'ok' });
    });
    const { state, leftMs, payload } = await recordOf('ok');
    assert.equal(state, 2);
    assert.ok(leftMs > 10_700_000, 'for the retention the body asked for');
    assert.ok(payload?.includes('binary/encrypted'), 'through the codec');
    assert.equal(await world.effects.count('handOver ok'), 1);
  });

  it('the first result recorded is the one the server hears, whoever tells it', async () => {
    await world.during(given(), async (queue) => {
      const handle = await start(queue, 'two');
      const unreachable = {
        options: world.client.options,
        activity: {
          complete: () => Promise.reject(new Error('the server is away')),
          fail: () => Promise.reject(new Error('the server is away')),
        },
      };
      await assert.rejects(once.completeAsync(unreachable, tokenOf('two'), 'first'), /away/);
      await once.completeAsync(world.client, tokenOf('two'), 'second');
      assert.equal(await handle.result(), 'first');
      assert.equal(await call(queue, 'two'), 'first');
      const cached = await world.service({ redis: REDIS_URL, client: world.client });
      await cached.completeAsync(world.client, tokenOf('two'), 'third');
      for (let round = 0; round < 3; round++) {
        const operation = { type: 'handOver', key: 'two', args: ['two'] };
        assert.equal(await cached.run(operation, () => 'never'), 'first', 'nor does a cache know better');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await cached.close();
      await assert.rejects(once.failAsync(world.client, tokenOf('two'), new Error('no')), StaleClaimError);
    });
  });

  it('a stale claim is told so, and the server hears nothing', async () => {
    await world.during(given(), async (queue) => {
      const handle = await start(queue, 'stale');
      await once.clear({ type: 'handOver', key: 'stale' });
      let told = 0;
      const activity = {
        complete: async () => void told++,
        fail: async () => void told++,
      };
      const client = { options: world.client.options, activity };
      await assert.rejects(once.completeAsync(client, tokenOf('stale'), 'late'), StaleClaimError);
      await assert.rejects(once.failAsync(client, tokenOf('stale'), new Error('late')), StaleClaimError);
      assert.equal(told, 0);
      assert.equal(await call(queue, 'stale'), 'second run of stale');
      await handle.terminate();
    });
  });

  it('a retryable failure frees the key for the next attempt', async () => {
    await world.during(given(), async (queue) => {
      const handle = await start(queue, 'again');
      await once.failAsync(world.client, tokenOf('again'), ApplicationFailure.retryable('not now', 'Busy'));
      assert.equal(await handle.result(), 'second run of again');
      assert.deepEqual(await attemptsOf(handle), [2]);
    });
  });

  it('a failure that is an outcome is recorded: by its own flag, or named by cacheErrors', async () => {
    const errors = {
      flagged: ApplicationFailure.nonRetryable('declined', 'Declined', { code: 51 }),
      named: ApplicationFailure.retryable('short and stout', 'Named', { code: 52 }),
    };
    await world.during(given(), async (queue) => {
      for (const [id, error] of Object.entries(errors)) {
        const handle = await start(queue, id);
        for (let round = 0; round < 2; round++) await once.failAsync(world.client, tokenOf(id), error);
        for (const ask of [() => handle.result() as Promise<unknown>, () => call(queue, id)]) {
          const failure = await failureOf(ask());
          assert.deepEqual([failure.type, failure.details], [error.type, error.details], id);
        }
        assert.equal(await world.effects.count(`handOver ${id}`), 1);
        assert.equal((await recordOf(id)).state, 3);
      }
    });
  });

  it('a plain complete() leaves an unknown outcome, which the history of the workflow decides', async () => {
    const fail = { idempotency: { onUnknownOutcome: 'fail' } };
    await world.during(given(), async (queue) => {
      const handle = await start(queue, 'plain', { startToCloseTimeout: '3s' });
      await world.client.activity.complete(taskTokens.get('plain') as Uint8Array, 'past the record', {
        serializationContext: {
          type: 'activity',
          namespace: 'default',
          workflowId: handle.workflowId,
          activityId: '1',
          isLocal: false,
        },
      });
      assert.equal(await handle.result(), 'past the record');
      assert.equal((await recordOf('plain')).state, 1);
      await unsettle(world.pool, world.schema, keyOf('plain'));
      assert.equal(await call(queue, 'plain', fail), 'past the record');
      assert.equal((await recordOf('plain')).state, 2);
    });
    assert.equal(await world.effects.count('handOver plain'), 1);
    assert.equal((await world.counted())['unknown_adopted'], 1);
  });

  it('an activity that was handed over and never completed is met by its own next attempt', async () => {
    await world.during(given(), async (queue) => {
      const handle = await start(queue, 'never', { startToCloseTimeout: '1s' });
      assert.equal(await handle.result(), 'second run of never');
      await assert.rejects(once.completeAsync(world.client, tokenOf('never'), 'late'), StaleClaimError);
    });
  });

  it('a standalone activity can be handed over', async () => {
    await world.during(given(), async (queue) => {
      const id = randomId('standalone');
      const handle = await world.client.activity.start('handOver', {
        id,
        taskQueue: queue,
        args: ['alone'],
        startToCloseTimeout: '20s',
      });
      await world.effects.until('handOver alone');
      await new Promise((resolve) => setTimeout(resolve, 200));
      const plugin = world.plugin();
      await plugin.completeAsync(world.client, tokenOf('alone'), 'by the plugin');
      await plugin.close();
      assert.equal(await handle.result(), 'by the plugin');
    });
  });

  it('a token says nothing of arguments and results, and is refused when it is not one', async () => {
    await world.during(given(), async (queue) => {
      const handle = await start(queue, 'opaque');
      const text = Buffer.from(tokenOf('opaque'), 'base64url').toString();
      assert.match(tokenOf('opaque'), /^[\w-]+$/);
      assert.deepEqual(Object.keys(JSON.parse(text) as object).sort(), [
        'cache',
        'cacheErrors',
        'context',
        'door',
        'errorRetentionMs',
        'nonce',
        'retentionMs',
        'rows',
        'taskToken',
        'type',
        'v',
      ]);
      const newer = Buffer.from(JSON.stringify({ ...JSON.parse(text), v: 2 })).toString('base64url');
      for (const wrong of ['', 'nonsense', newer, Buffer.from('null').toString('base64url')])
        await assert.rejects(once.completeAsync(world.client, wrong, 1), AsyncTokenError);
      await handle.terminate();
    });
  });

  it('only what somebody else could complete has a token', async () => {
    const local = async (): Promise<string> => currentClaim().asyncToken();
    const transactional = idempotent.transactional({ key: 't' }, async () => currentClaim().asyncToken());
    await world.during({ ...given(), activities: { local, transactional } }, async (queue) => {
      const single = { retry: { maximumAttempts: 1 } };
      for (const [workflow, activity] of [
        ['callLocal', 'local'],
        ['call', 'transactional'],
      ] as const) {
        const failure = await failureOf(world.execute(workflow, queue, [activity, [], single]));
        assert.equal(failure.type, FAILURE_TYPES.refused);
      }
    });
    await assert.rejects(
      once.run({ type: 't', key: 'outside' }, (claim) => claim.asyncToken()),
      AsyncTokenError,
    );
  });
});
