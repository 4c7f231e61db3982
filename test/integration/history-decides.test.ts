import { ApplicationFailure } from '@temporalio/common';
import { assert } from '../helpers/assert';
import { leaveVanished, unsettle } from '../helpers/vanished';
import { deriveKey, FAILURE_TYPES, Idempotency, idempotent } from '../../src';
import { askServer } from '../../src/temporal/ask-server';
import { BoundEncryption } from './support/encryption';
import { failureOf } from './support/failures';
import { Gate } from './support/gate';
import { DATABASE_URL, World, randomId } from './support/world';

describe('[integration] what the server accepted decides before the policy', () => {
  const dataConverter = { payloadCodecs: [new BoundEncryption()] };
  let world: World;
  let asked: number;
  before(async () => (world = await World.open({ dataConverter })));
  beforeEach(() => (asked = 0));
  after(() => world.close());

  /** A policy that would have a word in it, if it were asked. */
  const policy = {
    scope: 'global' as const,
    key: (id: string) => id,
    onUnknownOutcome: (): { result: string } => {
      asked++;
      return { result: 'from the policy' };
    },
  };
  const charge = idempotent(policy, async (id: string): Promise<{ paid: string }> => {
    await world.effects.add('charge', id);
    return { paid: id };
  });
  const nothing = idempotent(policy, async (id: string): Promise<void> => world.effects.add('nothing', id));
  const refuse = idempotent(policy, async (id: string): Promise<never> => {
    await world.effects.add('refuse', id);
    throw ApplicationFailure.nonRetryable('declined', 'Declined', { id });
  });
  const stumble = idempotent(policy, async (id: string): Promise<string> => {
    await world.effects.add('stumble', id);
    if ((await world.effects.count('stumble')) === 1) throw ApplicationFailure.retryable('not now', 'Busy');
    return 'got up';
  });
  const activities = { charge, nothing, refuse, stumble };
  const given = () => ({ activities, dataConverter, plugins: [world.plugin()] });

  const keyOf = (type: string, id: string) => deriveKey({ type, key: id });
  const lose = (type: string, id: string) => unsettle(world.pool, world.schema, keyOf(type, id));
  const call = (queue: string, type: string, id: string, options: object = {}) =>
    world.execute('call', queue, [type, [id], options]);
  const counts = async (type: string) => {
    const { rows } = await world.pool.query<{ path: string; count: string }>(
      `SELECT path, sum(count) AS count FROM ${world.schema}.counts WHERE type = $1 GROUP BY path`,
      [type],
    );
    return Object.fromEntries(rows.map(({ path, count }) => [path, Number(count)]));
  };
  const detailOf = async (type: string, id: string) => {
    const { rows } = await world.pool.query<{ owner_detail: Record<string, string> }>(
      `SELECT owner_detail FROM ${world.schema}.records WHERE key = $1`,
      [keyOf(type, id)],
    );
    return rows[0]?.owner_detail ?? {};
  };

  it('an accepted result is adopted, through a codec that binds it to its activity, and nothing runs', async () => {
    await world.during(given(), async (queue) => {
      assert.deepEqual(await call(queue, 'charge', 'c1'), { paid: 'c1' });
      await lose('charge', 'c1');
      assert.deepEqual(await call(queue, 'charge', 'c1'), { paid: 'c1' });
      // Now it is the outcome: the next duplicate is answered by the record.
      assert.deepEqual(await call(queue, 'charge', 'c1'), { paid: 'c1' });
    });
    assert.equal(await world.effects.count('charge'), 1);
    assert.equal(asked, 0);
    const { unknown_adopted, postgres, unknown_reconciled } = await counts('charge');
    assert.deepEqual([unknown_adopted, postgres, unknown_reconciled], [1, 1, undefined]);
    const { rows } = await world.pool.query<{ state: number; left: string }>(
      `SELECT state, extract(epoch FROM ends_at - clock_timestamp()) AS left FROM ${world.schema}.records WHERE key = $1`,
      [keyOf('charge', 'c1')],
    );
    assert.equal(rows[0]?.state, 2);
    assert.ok(Number(rows[0]?.left) > 3_500, 'for the retention of a result');
  });

  it('an accepted result that is no value is adopted as such', async () => {
    await world.during(given(), async (queue) => {
      await call(queue, 'nothing', 'n1');
      await lose('nothing', 'n1');
      assert.equal((await call(queue, 'nothing', 'n1')) ?? undefined, undefined);
    });
    assert.equal(await world.effects.count('nothing'), 1);
    assert.equal(asked, 0);
  });

  it('an accepted failure that says itself it is not retryable is adopted as a cached error', async () => {
    await world.during(given(), async (queue) => {
      await failureOf(call(queue, 'refuse', 'r1'));
      await lose('refuse', 'r1');
      for (let round = 0; round < 2; round++) {
        const failure = await failureOf(call(queue, 'refuse', 'r1'));
        assert.deepEqual(
          [failure.type, failure.message, failure.nonRetryable, failure.details],
          ['Declined', 'declined', true, [{ id: 'r1' }]],
        );
      }
    });
    assert.equal(await world.effects.count('refuse'), 1);
    assert.equal(asked, 0);
    assert.equal((await counts('refuse'))['unknown_adopted'], 1);
  });

  it('an accepted failure that is retryable means that the body threw: it runs again, and nothing is unknown', async () => {
    await world.during(given(), async (queue) => {
      const once = { retry: { maximumAttempts: 1 } };
      assert.equal((await failureOf(call(queue, 'stumble', 's1', once))).type, 'Busy');
      await lose('stumble', 's1');
      assert.equal(await call(queue, 'stumble', 's1'), 'got up');
    });
    assert.equal(asked, 0);
    const { unknown_rerun, unknown_reconciled, released } = await counts('stumble');
    assert.deepEqual([unknown_rerun, unknown_reconciled, released], [undefined, undefined, 2]);
  });

  it('an accepted failure whose type cacheErrors names is adopted as a cached error', async () => {
    const trip = idempotent({ ...policy, cacheErrors: ['Busy'] }, async (id: string): Promise<never> => {
      await world.effects.add('trip', id);
      throw ApplicationFailure.retryable('not now', 'Busy');
    });
    await world.during({ ...given(), activities: { trip } }, async (queue) => {
      const single = { retry: { maximumAttempts: 1 } };
      await failureOf(call(queue, 'trip', 't1', single));
      await lose('trip', 't1');
      const failure = await failureOf(call(queue, 'trip', 't1'));
      assert.deepEqual([failure.type, failure.nonRetryable], ['Busy', true]);
    });
    assert.equal(await world.effects.count('trip'), 1);
    assert.equal(asked, 0);
  });

  it('the failure of a claimer whose question failed is not the failure of a body', async () => {
    let questions = 0;
    const doubt = idempotent(
      {
        ...policy,
        onUnknownOutcome: () => {
          if (++questions === 1) throw new Error('the provider does not answer');
          return { result: 'known' };
        },
      },
      async (id: string): Promise<string> => {
        await world.effects.add('doubt', id);
        return 'ran';
      },
    );
    await world.during({ ...given(), activities: { doubt } }, async (queue) => {
      await leaveVanished(world.pool, world.schema, { key: keyOf('doubt', 'd1'), type: 'doubt' });
      const single = { retry: { maximumAttempts: 1 } };
      const failure = await failureOf(call(queue, 'doubt', 'd1', single));
      assert.equal(failure.type, FAILURE_TYPES.reconcileFailed);
      assert.equal((failure.details?.[0] as { key: string }).key, keyOf('doubt', 'd1'));
      // Its lease is left to run out; here it has.
      await lose('doubt', 'd1');
      assert.equal(await call(queue, 'doubt', 'd1'), 'known');
    });
    assert.equal(questions, 2);
    assert.equal(await world.effects.count('doubt'), 0);
  });

  it('the failure of another attempt says nothing of the holder', async () => {
    await world.during(given(), async (queue) => {
      await failureOf(call(queue, 'refuse', 'r2'));
      await lose('refuse', 'r2');
      await world.pool.query(
        `UPDATE ${world.schema}.records SET owner_detail = owner_detail || '{"attempt": "7"}' WHERE key = $1`,
        [keyOf('refuse', 'r2')],
      );
      assert.equal(await call(queue, 'refuse', 'r2'), 'from the policy');
    });
    assert.equal(asked, 1);
  });

  it('an activity that timed out, or still runs, is unknown', async () => {
    const gate = new Gate();
    const hang = idempotent(policy, async (id: string): Promise<string> => {
      await world.effects.add(`hang ${id}`);
      await gate.opened;
      return 'too late';
    });
    const more = () => ({ ...given(), activities: { ...activities, hang } });
    await world.during(more(), (elsewhere) =>
      world.during(more(), async (queue) => {
        const brief = { startToCloseTimeout: '1s', retry: { maximumAttempts: 1 } };
        await assert.rejects(call(queue, 'hang', 'h1', brief));
        await lose('hang', 'h1');
        assert.equal(await call(elsewhere, 'hang', 'h1'), 'from the policy');
        const running = call(queue, 'hang', 'h2');
        await world.effects.until('hang h2');
        await lose('hang', 'h2');
        assert.equal(await call(elsewhere, 'hang', 'h2'), 'from the policy');
        gate.open();
        // The zombie is told that it is one; its next attempt gets the outcome.
        assert.equal(await running, 'from the policy');
      }),
    );
    assert.equal(asked, 2);
    assert.equal(await world.effects.count('hang h2'), 1);
    assert.equal((await counts('hang'))['stale'], 2);
  });

  it('an execution that is not to be found, or of a namespace this client does not reach, is unknown', async () => {
    await world.during(given(), async (queue) => {
      const detail = { door: 'activity', namespace: 'default', workflowId: 'gone', runId: randomId('run') };
      for (const [id, holder] of Object.entries({
        lost: { ...detail, runId: '6f2c1f0a-0c83-4a25-8a1c-3d3f3bd3c1a4', activityId: '1' },
        malformed: { ...detail, activityId: '1' },
        abroad: { ...detail, namespace: 'another', activityId: '1' },
        local: { ...detail, door: 'local-activity', activityId: '1' },
        nobody: {},
      })) {
        const key = keyOf('charge', id);
        await leaveVanished(world.pool, world.schema, { key, type: 'charge', detail: holder });
        assert.equal(await call(queue, 'charge', id), 'from the policy', id);
      }
    });
    assert.equal(asked, 5);
  });

  it('an activity id used twice in a run is told apart by time', async () => {
    await world.during(given(), async (queue) => {
      const ids = ['u1', 'u2', 'u3'];
      const results = ids.map((id) => ({ paid: id }));
      assert.deepEqual(await world.execute('callsUnderOneId', queue, ['charge', ids]), results);
      for (const id of ids) {
        await lose('charge', id);
        assert.deepEqual(await call(queue, 'charge', id), { paid: id });
      }
    });
    assert.equal(asked, 0);
  });

  it('the search is bounded in pages and in time', async () => {
    const never = new AbortController().signal;
    await world.during(given(), async (queue) => {
      await call(queue, 'charge', 'p1');
      const holder = await detailOf('charge', 'p1');
      const ask = (pages: number, eventsPerPage: number) =>
        askServer(world.client, { totalMs: 5_000, pages, eventsPerPage })(holder, never);
      assert.equal((await ask(100, 2)).kind, 'completed', 'across pages');
      assert.deepEqual(await ask(1, 2), { kind: 'unknown', why: 'its history is longer than is searched' });
      const deaf = {
        options: world.client.options,
        workflowService: {
          getWorkflowExecutionHistoryReverse: () => new Promise<never>(() => undefined),
          describeActivityExecution: () => new Promise<never>(() => undefined),
        },
        withDeadline: <R>(_deadline: number | Date, fn: () => Promise<R>) => fn(),
      };
      const beganAt = performance.now();
      const answer = await askServer(deaf, { totalMs: 300, pages: 1, eventsPerPage: 2 })(holder, never);
      assert.deepEqual(answer, { kind: 'unknown', why: 'no answer within 300 ms' });
      assert.ok(performance.now() - beganAt < 2_000);
      const cancelled = AbortSignal.abort();
      assert.equal((await askServer(deaf)(holder, cancelled)).kind, 'unknown');
    });
  });

  it('a service outside Temporal asks through the client it is given, and reads with its converter', async () => {
    await world.during(given(), (queue) => call(queue, 'charge', 'o1'));
    await lose('charge', 'o1');
    const { schema, prefix, client } = world;
    const once = await Idempotency.connect({ postgres: DATABASE_URL, schema, prefix, client });
    try {
      const operation = { type: 'charge', key: 'o1', args: ['o1'], onUnknownOutcome: 'fail' as const };
      assert.deepEqual(await once.run(operation, () => 'never'), { paid: 'o1' });
    } finally {
      await once.close();
    }
    assert.equal((await world.effects.notes('charge')).filter((id) => id === 'o1').length, 1);
  });

  it('a standalone activity is looked up by its description', async function () {
    const execute = (queue: string, type: string, id: string) =>
      world.client.activity.execute<unknown>(type, {
        id: randomId('standalone'),
        taskQueue: queue,
        args: [id],
        startToCloseTimeout: '10s',
        retry: { maximumAttempts: 1 },
      });
    await world.during(given(), async (queue) => {
      assert.deepEqual(await execute(queue, 'charge', 'a1'), { paid: 'a1' });
      await lose('charge', 'a1');
      assert.deepEqual(await execute(queue, 'charge', 'a1'), { paid: 'a1' });
      await failureOf(execute(queue, 'refuse', 'a2'));
      await lose('refuse', 'a2');
      assert.equal((await failureOf(execute(queue, 'refuse', 'a2'))).type, 'Declined');
    });
    assert.equal(asked, 0);
    assert.equal((await world.effects.notes('charge')).filter((id) => id === 'a1').length, 1);
  });

  it('fail travels from workflow code, a function does not', async () => {
    await world.during(given(), async (queue) => {
      await leaveVanished(world.pool, world.schema, { key: keyOf('charge', 'w1'), type: 'charge' });
      const options = { idempotency: { onUnknownOutcome: 'fail' } };
      for (let round = 0; round < 2; round++) {
        const failure = await failureOf(call(queue, 'charge', 'w1', options));
        assert.equal(failure.type, FAILURE_TYPES.unknownOutcome);
        assert.equal(failure.nonRetryable, true);
        assert.equal((failure.details?.[0] as { key: string }).key, keyOf('charge', 'w1'));
      }
      const handle = await world.start('sendsFunction', queue, []);
      let said: string | undefined;
      const end = performance.now() + 15_000;
      while (said === undefined && performance.now() < end) {
        const { events } = await handle.fetchHistory();
        said = events?.find((event) => event.workflowTaskFailedEventAttributes != null)
          ?.workflowTaskFailedEventAttributes?.failure?.message as string | undefined;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await handle.terminate();
      assert.match(said ?? '', /idempotency\.onUnknownOutcome.*idempotent\(\).*plugin/);
    });
    assert.equal((await world.effects.notes('charge')).includes('w1'), false);
    assert.equal((await counts('charge'))['unknown_failed'], 1);
  });
});
