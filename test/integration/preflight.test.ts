import type { WorkflowHandle } from '@temporalio/client';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { WorkflowFailedError } from '@temporalio/client';
import { assert } from '../helpers/assert';
import { FAILURE_TYPES, idempotent, InvalidOptionError, OncePlugin, type WorkflowPolicy } from '../../src';
import { bundle } from './support/bundle';
import { BoundEncryption } from './support/encryption';
import { eventNames, failureOf } from './support/failures';
import { TcpProxy } from '../stores/tcp-proxy';
import { DATABASE_URL, REDIS_URL, World } from './support/world';

describe('[integration] pre-flight', () => {
  let world: World;
  before(async () => (world = await World.open()));
  after(() => world.close());

  const run = async (queue: string, name: string, args: unknown[], ...policies: WorkflowPolicy[]) => {
    const handle = await world.start('asksFirst', queue, [
      name,
      args,
      policies.map((idempotency) => ({ idempotency })),
    ]);
    return { handle, results: (await handle.result()) as unknown[] };
  };
  const count = async (handle: WorkflowHandle, event: string) =>
    (await eventNames(handle)).filter((name) => name === `${event}EventAttributes`).length;
  const scheduled = (handle: WorkflowHandle) => count(handle, 'activityTaskScheduled');

  const activities = {
    work: async (id: string): Promise<string> => {
      await world.effects.add(`work ${id}`);
      return `worked ${id}`;
    },
    odd: async (value: unknown): Promise<unknown> => {
      await world.effects.add('odd');
      return value;
    },
    decline: async (): Promise<never> => {
      await world.effects.add('decline');
      throw ApplicationFailure.create({
        message: 'no',
        type: 'Declined',
        nonRetryable: true,
        details: ['why'],
      });
    },
    declared: idempotent({ scope: { tenant: 'acme' }, key: (id: string) => id }, async (id: string) => {
      await world.effects.add(`declared ${id}`);
      return `declared ${id}`;
    }),
    big: async () => {
      await world.effects.add('big');
      return 'x'.repeat(5_000);
    },
  };

  it('the first call goes through the queue, the second is answered before it', async () => {
    await world.during({ activities }, async (queue) => {
      const policy = { key: 'one', preflight: true };
      const first = await run(queue, 'work', ['one'], policy, policy);
      assert.deepEqual(first.results, ['worked one', 'worked one']);
      assert.equal(await scheduled(first.handle), 1);
      const second = await run(queue, 'work', ['one'], policy);
      assert.deepEqual(second.results, ['worked one']);
      assert.equal(await scheduled(second.handle), 0);
    });
    assert.equal(await world.effects.count('work one'), 1);
    assert.equal((await world.counted())['preflight'], 2);
  });

  it('finds what the declaration of the function says, without a key in the call', async () => {
    await world.during({ activities }, async (queue) => {
      const { handle, results } = await run(
        queue,
        'declared',
        ['d'],
        { preflight: true },
        { preflight: true },
      );
      assert.deepEqual(results, ['declared d', 'declared d']);
      assert.equal(await scheduled(handle), 1);
    });
  });

  it('every result comes as from the activity itself', async () => {
    const values = [0, '', false, null, [], {}, { a: [null, 'ü\u0000'] }, 'x'.repeat(100_000)];
    await world.during({ activities }, async (queue) => {
      for (const [n, value] of values.entries()) {
        const policy = { key: `odd-${n}`, preflight: true };
        const { handle, results } = await run(queue, 'odd', [value], policy, policy);
        assert.deepEqual(results, [value, value]);
        assert.equal(await scheduled(handle), 1);
      }
      const nothing = { key: 'nothing', preflight: true };
      const plain = await run(queue, 'odd', [], { key: 'nothing' }, nothing);
      assert.deepEqual(plain.results[1], plain.results[0]);
      assert.equal(await scheduled(plain.handle), 1);
    });
  });

  it('a recorded error comes as from the activity itself', async () => {
    await world.during({ activities }, async (queue) => {
      for (let round = 0; round < 2; round++) {
        const handle = await world.start('asksFirst', queue, [
          'decline',
          [],
          [{ idempotency: { key: 'decline', preflight: true } }],
        ]);
        const error = (await handle.result().then(
          () => assert.fail('it succeeded'),
          (thrown: unknown) => thrown,
        )) as WorkflowFailedError;
        const { cause } = error;
        assert.ok(cause instanceof ActivityFailure);
        assert.equal(cause.activityType, 'decline');
        assert.ok(cause.cause instanceof ApplicationFailure);
        assert.equal(cause.cause.type, 'Declined');
        assert.deepEqual(cause.cause.details, ['why']);
        assert.equal(await scheduled(handle), round === 0 ? 1 : 0);
      }
    });
    assert.equal(await world.effects.count('decline'), 1);
  });

  it('other arguments and results that were not kept are errors as elsewhere', async () => {
    const plugins = [world.plugin({ maxResultBytes: 1_000 })];
    await world.during({ activities, plugins }, async (queue) => {
      const policy = { key: 'mismatch', preflight: true };
      await run(queue, 'work', ['a'], policy);
      const mismatch = await failureOf(run(queue, 'work', ['b'], policy));
      assert.equal(mismatch.type, FAILURE_TYPES.fingerprintMismatch);
      assert.equal((await run(queue, 'work', ['b'], { ...policy, fingerprint: false })).results.length, 1);
      await run(queue, 'big', [], { key: 'big' });
      const notKept = await failureOf(run(queue, 'big', [], { key: 'big', preflight: true }));
      assert.equal(notKept.type, FAILURE_TYPES.resultNotKept);
    });
    assert.equal(await world.effects.count('work b'), 0);
  });

  it('with the store away the activity goes its normal way', async () => {
    const { hostname, port } = new URL(DATABASE_URL);
    const wire = await TcpProxy.to(hostname, Number(port || 5432));
    const postgres = DATABASE_URL.replace(/@[^/]*/, `@127.0.0.1:${wire.port}`);
    const plugin = world.plugin({ postgres, onStoreUnavailable: 'proceed', storePatienceMs: 2_000 });
    try {
      await world.during({ activities, plugins: [plugin] }, async (queue) => {
        const policy = { key: 'away', preflight: true };
        await run(queue, 'odd', ['away'], policy);
        await wire.cut();
        const { results, handle } = await run(queue, 'odd', ['away'], policy);
        assert.deepEqual(results, ['away']);
        assert.equal(await scheduled(handle), 1);
        await wire.mend();
        assert.equal(await scheduled((await run(queue, 'odd', ['away'], policy)).handle), 0);
      });
    } finally {
      await wire.cut();
    }
  });

  it('a worker without the activity asks only where the call names key and scope', async () => {
    const queue = `${world.prefix}-split`;
    const remote = await world.worker({
      taskQueue: queue,
      activities: { declared: activities.declared, work: activities.work },
      workflowBundle: undefined as never,
    });
    const flow = await world.worker({ activities: {} });
    const on = (policy: WorkflowPolicy) => ({ taskQueue: queue, idempotency: policy });
    await remote.runUntil(
      flow.runUntil(async () => {
        const start = async (name: string, id: string, policy: WorkflowPolicy) => {
          const handle = await world.start('asksFirst', flow.options.taskQueue, [
            name,
            [id],
            [on(policy), on(policy)],
          ]);
          await handle.result();
          return scheduled(handle);
        };
        assert.equal(await start('declared', 's1', { preflight: true }), 2);
        assert.equal(await start('work', 's2', { key: 's2', preflight: true }), 2);
        assert.equal(await start('work', 's3', { key: 's3', scope: 'global', preflight: true }), 1);
      }),
    );
    for (const id of ['s2', 's3']) assert.equal(await world.effects.count(`work ${id}`), 1);
    assert.equal(await world.effects.count('declared s1'), 1);
  });

  it('a worker for workflows alone stays away from the queue of activities', async () => {
    const queue = `${world.prefix}-alone`;
    const flow = await world.worker({ taskQueue: queue });
    assert.equal(flow.options.enableNonLocalActivities, false);
    const hands = await world.worker({
      taskQueue: queue,
      activities: { work: activities.work },
      workflowBundle: undefined as never,
    });
    assert.equal(hands.options.enableNonLocalActivities, true);
    await hands.runUntil(
      flow.runUntil(async () => {
        for (let n = 0; n < 10; n++) {
          const { results } = await run(queue, 'work', [`alone-${n}`], {});
          assert.deepEqual(results, [`worked alone-${n}`]);
        }
      }),
    );
  });

  it('with an encrypting codec, Redis in front or not', async () => {
    const dataConverter = { payloadCodecs: [new BoundEncryption()] };
    const sealed = await World.open({ dataConverter });
    try {
      const plugin = sealed.plugin(REDIS_URL === undefined ? {} : { redis: REDIS_URL });
      const given = {
        activities: { echo: async (value: unknown) => value },
        dataConverter,
        plugins: [plugin],
      };
      await sealed.during(given, async (queue) => {
        const secret = { text: 'plaintext-marker-77aa' };
        const options = { idempotency: { key: 'sealed', preflight: true } };
        for (const expected of [1, 0]) {
          const handle = await sealed.start('asksFirst', queue, ['echo', [secret], [options]]);
          assert.deepEqual(await handle.result(), [secret]);
          assert.equal(await scheduled(handle), expected);
          const text = JSON.stringify(await handle.fetchHistory());
          assert.doesNotMatch(text, /plaintext-marker/);
          assert.ok(!text.includes(Buffer.from('plaintext-marker-77aa').toString('base64').slice(0, 20)));
        }
      });
    } finally {
      await sealed.close();
    }
  });

  it('a user’s activity of the name is refused, and the names are in no list', async () => {
    const given = { activities: { 'temporal-once:preflight': async () => 1 } } as Partial<WorkerOptions>;
    await assert.rejects(
      world.worker(given),
      (error) => error instanceof InvalidOptionError && error.option === 'activities.temporal-once:preflight',
    );
  });

  it('only workflow code reaches them', async () => {
    await world.during({ activities }, async (queue) => {
      const failure = await failureOf(
        world.execute('call', queue, [
          'temporal-once:preflight',
          [{ type: 'work', policy: {} }, 'one'],
          { retry: { maximumAttempts: 1 } },
        ]),
      );
      assert.match(failure.message, /Do not schedule it yourself/);
    });
  });

  describe('in histories', () => {
    const replay = async (handle: WorkflowHandle) => {
      const plugins = [new OncePlugin({ postgres: 'postgres://nobody@127.0.0.1:1/none' })];
      return Worker.runReplayHistory(
        { workflowBundle: await bundle(), plugins },
        await handle.fetchHistory(),
        handle.workflowId,
      );
    };
    const work = async (...policies: WorkflowPolicy[]) => {
      let handle!: WorkflowHandle;
      await world.during({ activities }, async (queue) => {
        handle = (await run(queue, 'work', ['history'], ...policies)).handle;
      });
      return handle;
    };

    it('hits and misses replay', async () => {
      const policy = { key: `history-${Math.random()}`, preflight: true };
      await assert.doesNotReject(replay(await work(policy, { key: 'x', preflight: true }, policy)));
    });

    it('a call without it adds nothing', async () => {
      const handle = await work({ key: 'history' }, { key: 'history', preflight: false });
      assert.equal(await count(handle, 'markerRecorded'), 0);
      await assert.doesNotReject(replay(handle));
    });

    it('a workflow that used it needs it until it ends', async () => {
      const handle = await work({ key: `kept-${Math.random()}`, preflight: true });
      const history = await handle.fetchHistory();
      const input = history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[2];
      assert.ok(input != null);
      input.data = Buffer.from(JSON.stringify([{ idempotency: { key: 'kept' } }]));
      const plugins = [new OncePlugin({ postgres: 'postgres://nobody@127.0.0.1:1/none' })];
      const options = { workflowBundle: await bundle(), plugins };
      await assert.rejects(Worker.runReplayHistory(options, history, handle.workflowId));
    });

    it('a workflow that began without it replays with it', async () => {
      const handle = await work({ key: 'history' });
      const history = await handle.fetchHistory();
      // The same history, with the workflow's input asking for the pre-flight.
      const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
      const input = started?.input?.payloads?.[2];
      assert.ok(input?.data != null);
      const options = JSON.parse(Buffer.from(input.data).toString()) as { idempotency: object }[];
      options.forEach((one) => Object.assign(one.idempotency, { preflight: true }));
      input.data = Buffer.from(JSON.stringify(options));
      const plugins = [new OncePlugin({ postgres: 'postgres://nobody@127.0.0.1:1/none' })];
      await assert.doesNotReject(
        Worker.runReplayHistory({ workflowBundle: await bundle(), plugins }, history, handle.workflowId),
      );
    });
  });
});
