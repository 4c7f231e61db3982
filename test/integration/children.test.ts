import type { WorkflowFailedError } from '@temporalio/client';
import { type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, ChildWorkflowFailure, defaultPayloadConverter } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { assert } from '../helpers/assert';
import { FAILURE_TYPES, OncePlugin } from '../../src';
import { endOfChain } from '../../src/temporal/chain-end';
import { childWorkflowId } from '../../src/workflow';
import { bundle } from './support/bundle';
import { BoundEncryption } from './support/encryption';
import { eventNames, failureOf } from './support/failures';
import { World } from './support/world';

describe('[integration] children that are started once', () => {
  let world: World;
  let n = 0;
  before(async () => (world = await World.open()));
  after(() => world.close());

  const fresh = () => `${world.prefix}-${++n}`;
  const given = () => ({
    activities: { note: async (name: string) => world.effects.add(name) },
    maxConcurrentWorkflowTaskExecutions: 40,
  });
  const runs = (key: string) => world.effects.count(`child ${key}`);
  const parent = (queue: string, type: string, args: unknown[], options: object) =>
    world.execute('parent', queue, [type, args, options]);
  const replay = async (handle: WorkflowHandle) =>
    Worker.runReplayHistory(
      {
        workflowBundle: await bundle(),
        plugins: [new OncePlugin({ postgres: 'postgres://nobody@127.0.0.1:1/none' })],
      },
      await handle.fetchHistory(),
      handle.workflowId,
    );

  it('many parents, one child, one outcome; all replay', async () => {
    const key = fresh();
    await world.during(given(), async (queue) => {
      const handles = await Promise.all(
        Array.from({ length: 6 }, () =>
          world.start('parent', queue, ['slowChild', [key], { idempotency: { key } }]),
        ),
      );
      const results = await Promise.all(handles.map((handle) => handle.result()));
      assert.deepEqual(new Set(results), new Set([`slow ${key}`]));
      const late = await world.start('parent', queue, ['slowChild', [key], { idempotency: { key } }]);
      assert.equal(await late.result(), `slow ${key}`);
      for (const handle of [...handles, late]) await assert.doesNotReject(replay(handle));
    });
    assert.equal(await runs(key), 1);
    assert.ok(((await world.counted())['server'] ?? 0) >= 6);
  });

  it('handles show the id and signals arrive; whoever started first', async () => {
    const key = fresh();
    await world.during(given(), async (queue) => {
      const [shown, derived, result] = await world.execute<string[]>('parentWithHandle', queue, [[key]]);
      assert.equal(shown, `global/waitsForSignal/${key}`);
      assert.equal(derived, shown);
      assert.equal(result, `${key} went`);
    });
  });

  it('startChild of a duplicate shows the first run', async () => {
    const key = fresh();
    await world.during(given(), async (queue) => {
      const first = await world.execute('parentStarts', queue, [key]);
      const second = await world.execute('parentStarts', queue, [key]);
      assert.deepEqual(second, first);
      assert.equal(await parent(queue, 'slowChild', [key], { idempotency: { key } }), `slow ${key}`);
    });
    assert.equal(await runs(key), 1);
  });

  it('a run that a client started under the id is the first as well', async () => {
    const key = fresh();
    await world.during(given(), async (queue) => {
      const workflowId = childWorkflowId({ type: 'slowChild', key });
      const first = await world.start('slowChild', queue, [key], workflowId);
      const second = parent(queue, 'slowChild', [key], { idempotency: { key } });
      assert.equal(await second, `slow ${key}`);
      assert.equal(await first.result(), `slow ${key}`);
    });
    assert.equal(await runs(key), 1);
  });

  it('an outcome is followed through continue-as-new', async () => {
    const key = fresh();
    await world.during(given(), async (queue) => {
      const once = () => parent(queue, 'chainedChild', [key], { idempotency: { key } });
      assert.deepEqual(
        await Promise.all([once(), once(), once()]),
        [1, 2, 3].map(() => `chained ${key}`),
      );
      assert.equal(await once(), `chained ${key}`);
    });
    assert.equal(await runs(`${key} 1`), 1);
    assert.equal(await runs(`${key} 2`), 1);
  });

  it('the outcome of a chain is that of its own last run, though its id has begun anew since', async () => {
    const id = fresh();
    await world.during(given(), async (queue) => {
      const chain = await world.start('chainedChild', queue, [id], id);
      await chain.result();
      const anew = await world.start('chainedChild', queue, [`${id} anew`], id);
      const runId = chain.firstExecutionRunId;
      const end = await endOfChain(world.client, { workflowId: id, runId, lastRunId: runId });
      assert.ok(end.kind === 'over');
      const { result } = end.event.workflowExecutionCompletedEventAttributes ?? {};
      const [payload] = result?.payloads ?? [];
      assert.ok(payload);
      assert.equal(defaultPayloadConverter.fromPayload(payload), `chained ${id}`);
      await anew.result();
    });
  });

  it('a failure is the outcome of those who waited; later ones start again', async () => {
    const key = fresh();
    await world.during(given(), async (queue) => {
      const once = async () => {
        const error = await parent(queue, 'failingChild', [key], { idempotency: { key } }).then(
          () => assert.fail('it succeeded'),
          (thrown: unknown) => thrown as WorkflowFailedError,
        );
        const { cause } = error;
        assert.ok(cause instanceof ChildWorkflowFailure);
        assert.equal(cause.execution.workflowId, `global/failingChild/${key}`);
        assert.equal(cause.workflowType, 'failingChild');
        assert.ok(cause.cause instanceof ApplicationFailure);
        assert.equal(cause.cause.type, 'Declined');
        assert.deepEqual(cause.cause.details, [{ name: key }]);
      };
      await Promise.all([once(), once(), once()]);
      assert.equal(await runs(key), 1);
      await once();
      assert.equal(await runs(key), 2);
    });
  });

  it('the same key with other arguments is refused, unless they do not count', async () => {
    const key = fresh();
    await world.during(given(), async (queue) => {
      await parent(queue, 'child', [key, 1], { idempotency: { key } });
      const mismatch = await failureOf(parent(queue, 'child', [key, 2], { idempotency: { key } }));
      assert.equal(mismatch.type, FAILURE_TYPES.fingerprintMismatch);
      assert.doesNotMatch(mismatch.message, /\[|child","/);
      const uncounted = { idempotency: { key, fingerprint: false } };
      assert.equal(await parent(queue, 'child', [key, 2], uncounted), 1);
    });
    assert.equal(await runs(key), 1);
  });

  it('every value is a result and a key', async () => {
    await world.during(given(), async (queue) => {
      for (const value of [0, '', false, null, [], { a: 'ü\u0000' }]) {
        const key = [world.prefix, value];
        const once = () => parent(queue, 'child', ['odd', value], { idempotency: { key } });
        assert.deepEqual(await once(), value);
        assert.deepEqual(await once(), value);
      }
      const key = fresh();
      const nothing = () => parent(queue, 'child', ['none'], { idempotency: { key } });
      assert.deepEqual(await nothing(), await nothing());
    });
    assert.equal(await runs('odd'), 6);
    assert.equal(await runs('none'), 1);
  });

  it('a cancelled parent stops waiting; the run that is not its child goes on', async () => {
    const key = fresh();
    await world.during(given(), async (queue) => {
      const first = await world.start('waitsForSignal', queue, [key], `global/waitsForSignal/${key}`);
      assert.equal(await world.execute('cancelledParent', queue, [key]), 'cancelled');
      assert.equal((await first.describe()).status.name, 'RUNNING');
      await first.signal('go', 'on');
      assert.equal(await first.result(), `${key} on`);
    });
  });

  it('a parent that dies takes its own child along, and whoever adopted it is told', async () => {
    const key = fresh();
    await world.during(given(), async (queue) => {
      const args = ['waitsForSignal', [key], { idempotency: { key } }];
      const first = await world.start('parent', queue, args);
      while ((await runs(key)) === 0) await new Promise((resolve) => setTimeout(resolve, 50));
      const second = await world.start('parent', queue, args);
      while (!(await eventNames(second)).includes('timerStartedEventAttributes'))
        await new Promise((resolve) => setTimeout(resolve, 50));
      await first.terminate('over');
      const error = (await second.result().catch((thrown: unknown) => thrown)) as WorkflowFailedError;
      assert.ok(error.cause instanceof ChildWorkflowFailure);
      assert.match(String(error.cause.cause), /terminated/i);
    });
  });

  it('with an encrypting codec', async () => {
    const dataConverter = { payloadCodecs: [new BoundEncryption()] };
    const sealed = await World.open({ dataConverter });
    try {
      const activities = { note: async (name: string) => sealed.effects.add(name) };
      await sealed.during({ activities, dataConverter }, async (queue) => {
        const key = fresh();
        const once = (value: unknown) =>
          sealed.execute('parent', queue, ['child', [key, value], { idempotency: { key } }]);
        const secret = { text: 'plaintext-marker' };
        assert.deepEqual(await once(secret), secret);
        assert.deepEqual(await once(secret), secret);
        assert.equal((await failureOf(once({ text: 'other' }))).type, FAILURE_TYPES.fingerprintMismatch);
        assert.equal(await sealed.effects.count(`child ${key}`), 1);
      });
    } finally {
      await sealed.close();
    }
  });

  describe('what is wrong is refused', () => {
    it('a wrong option fails the workflow task, with its name', async () => {
      await world.during(given(), async (queue) => {
        for (const [options, message] of [
          [{ idempotency: {} }, /idempotency\.key: is not given/],
          [{ idempotency: { key: 1, ttl: '1h' } }, /idempotency\.ttl: unknown option of a child/],
          [{ idempotency: { key: 1 }, workflowId: 'mine' }, /workflowId: is not the id of this operation/],
          [
            { idempotency: { key: 1 }, workflowIdReusePolicy: 'ALLOW_DUPLICATE' },
            /contradicts `idempotency`/,
          ],
        ] as const) {
          const handle = await world.start('parent', queue, ['child', ['refused'], options]);
          for (;;) {
            const { events } = await handle.fetchHistory();
            const failed = events?.find((one) => one.workflowTaskFailedEventAttributes != null);
            if (failed !== undefined) {
              assert.match(failed.workflowTaskFailedEventAttributes?.failure?.message ?? '', message);
              break;
            }
          }
          await handle.terminate('over');
        }
      });
      assert.equal(await runs('refused'), 0);
    });

    it('a key that can not be made, or names the workflow itself, fails the call', async () => {
      await world.during(given(), async (queue) => {
        for (const idempotency of [{ key: 'x'.repeat(1_000) }, { key: 1, scope: 'workflow' }]) {
          const failure = await failureOf(parent(queue, 'child', ['refused'], { idempotency }));
          assert.equal(failure.type, FAILURE_TYPES.invalidKey);
        }
        const key = fresh();
        const itself = world.execute(
          'parent',
          queue,
          ['parent', [], { idempotency: { key } }],
          `global/parent/${key}`,
        );
        assert.match((await failureOf(itself)).message, /wait for itself/);
      });
    });
  });

  it('a workflow that began without it replays with it', async () => {
    await world.during(given(), async (queue) => {
      const key = fresh();
      const handle = await world.start('parent', queue, ['child', [key], {}]);
      await handle.result();
      const history = await handle.fetchHistory();
      const input = history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[2];
      assert.ok(input != null);
      input.data = Buffer.from(JSON.stringify({ idempotency: { key } }));
      const plugins = [new OncePlugin({ postgres: 'postgres://nobody@127.0.0.1:1/none' })];
      await assert.doesNotReject(
        Worker.runReplayHistory({ workflowBundle: await bundle(), plugins }, history, handle.workflowId),
      );
    });
  });
});
