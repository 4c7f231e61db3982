import type { Client } from '@temporalio/client';
import { ScheduleOverlapPolicy, WorkflowFailedError } from '@temporalio/client';
import { type ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidKeyError, InvalidOptionError, type OncePlugin, type OncePluginOptions } from '../../src';
import { assert } from '../helpers/assert';
import { forEachScheduler } from '../helpers/schedulers';
import { effectsOf, Job, Jobs, T } from './support/occurrences';
import { randomId, World } from './support/world';

const LATER = new Date('2026-01-01T10:00:00Z');

forEachScheduler('[integration] runs of a schedule, once an occurrence', function (scheduler) {
  this.timeout(90_000);
  let world: World;
  let once: OncePlugin;
  let client: Client;
  let jobs: Jobs;
  before(async () => {
    world = await World.open({}, scheduler.address());
    once = world.plugin();
    client = world.clientWith(once);
    jobs = new Jobs(world, client);
  });
  after(async () => {
    await jobs.delete();
    await once.close();
    await world.close();
  });

  const during = <R>(body: (queue: string) => Promise<R>, options: Partial<OncePluginOptions> = {}) =>
    world.during({ activities: effectsOf(world), plugins: [world.plugin(options)] }, body);
  const failureOf = async (run: Promise<unknown>): Promise<unknown> => {
    const error = await run.then(
      () => assert.fail('it did not fail'),
      (failed: unknown) => failed,
    );
    return error instanceof WorkflowFailedError ? error.cause : error;
  };

  it('a backfill of an instant that ran gets its result; the body ran once; another instant is another', async () => {
    await during(async (queue) => {
      const name = randomId('twice');
      const hourly = await jobs.create(queue, 'job', [name]);
      const first = await (await hourly.backfill()).result();
      assert.deepEqual(await (await hourly.backfill()).result(), first);
      assert.deepEqual(await (await hourly.backfill()).result(), first);
      assert.equal(await world.effects.count(name), 1);
      assert.notDeepEqual(await (await hourly.backfill(LATER)).result(), first);
      assert.equal(await world.effects.count(name), 2);
    });
    assert.equal((await world.counted())['occurrence_replayed'], 2);
    assert.equal((await world.counted())['first'], 2 + 2, 'two occurrences, and one activity in each');
  });

  it('without `idempotency` a backfill runs again: that is what the server does', async () => {
    await during(async (queue) => {
      const name = randomId('plain');
      const hourly = await jobs.create(queue, 'job', [name], { idempotency: {} as never });
      const first = await (await hourly.backfill()).result();
      assert.notDeepEqual(await (await hourly.backfill()).result(), first);
      assert.equal(await world.effects.count(name), 2);
    });
  });

  it('an instant that the schedule fired by itself, and its backfill', async () => {
    await during(async (queue) => {
      const name = randomId('fired');
      const often = await jobs.create(queue, 'job', [name], { every: '2s', remainingActions: 1 });
      const [at] = (await often.nominalTimes(1)) as [Date];
      const first = await (await often.newRun(at)).result();
      assert.deepEqual(await (await often.backfill(at)).result(), first);
      assert.equal(await world.effects.count(name), 1);
    });
  });

  if (scheduler.name === 'newer') {
    it('an instant that the scheduler caught up after it had stood still, and its backfill', async function () {
      await during(async (queue) => {
        const name = randomId('late');
        // Just after one of its times, so that the next one falls into the stall.
        await sleep(5_000 - (Date.now() % 5_000) + 50);
        const often = await jobs.create(queue, 'job', [name], { every: '5s', remainingActions: 1 });
        if (!(await scheduler.stall(8_000))) return this.skip();
        const [at] = (await often.nominalTimes(1)) as [Date];
        const run = await often.newRun(at);
        const { startTime } = await run.describe();
        assert.ok(startTime.getTime() - at.getTime() > 1_000, 'it was late');
        const first = await run.result();
        assert.deepEqual(await (await often.backfill(at)).result(), first);
        assert.equal(await world.effects.count(name), 1);
      });
    });
  }

  it('a trigger is a new occurrence; as of an instant that ran it is that one', async () => {
    await during(async (queue) => {
      const name = randomId('trigger');
      const hourly = await jobs.create(queue, 'job', [name]);
      const first = await (await hourly.backfill()).result();
      await once.triggerSchedule(client, hourly.scheduleId, { asOf: T });
      assert.deepEqual(await (await hourly.newRun(T)).result(), first);
      assert.equal(await world.effects.count(name), 1);
      await once.triggerSchedule(client, hourly.scheduleId);
      await world.effects.until(name, 2);
      await once.triggerSchedule(client, hourly.scheduleId, {
        asOf: LATER,
        overlap: ScheduleOverlapPolicy.BUFFER_ALL,
      });
      const later = await (await hourly.newRun(LATER)).result();
      assert.deepEqual(await (await hourly.backfill(LATER)).result(), later);
      assert.equal(await world.effects.count(name), 3);
    });
  });

  it('results come back as themselves: nothing, bytes; too big to keep is a failure of its own', async () => {
    await during(
      async (queue) => {
        const [silent, bytes, big] = [randomId('silent'), randomId('bytes'), randomId('big')];
        for (const [workflow, name, expected] of [
          ['silentJob', silent, undefined],
          ['bytesJob', bytes, new Uint8Array([0, 1, 255])],
        ] as const) {
          const hourly = await jobs.create(queue, workflow, [name]);
          for (let n = 0; n < 2; n++)
            assert.deepEqual(await (await hourly.backfill()).result(), expected, workflow);
          assert.equal(await world.effects.count(name), 1);
        }
        const hourly = await jobs.create(queue, 'bigJob', [big]);
        assert.equal(((await (await hourly.backfill()).result()) as string).length, 5_000);
        const failure = (await failureOf((await hourly.backfill()).result())) as ApplicationFailure;
        assert.equal(failure.type, 'OnceResultNotKept');
        assert.equal(await world.effects.count(big), 1);
      },
      { maxResultBytes: 1_000 },
    );
  });

  it('two schedules with one key share their occurrences, one after the other and at once', async () => {
    await during(async (queue) => {
      const name = randomId('shared');
      const idempotency = { once: 'occurrence', key: name, scope: { tenant: 'acme' } } as const;
      const [a, b] = [
        await jobs.create(queue, 'slowJob', [name, 2_000], { idempotency }),
        await jobs.create(queue, 'slowJob', [name, 2_000], { idempotency }),
      ];
      const runs = await Promise.all([a.backfill(), b.backfill()]);
      const [one, other] = await Promise.all(runs.map((run) => run.result()));
      assert.equal(one, other);
      assert.equal(await (await b.backfill()).result(), one);
      assert.equal(await world.effects.count(name), 1);
      const others = await jobs.create(queue, 'slowJob', [name, 1], {
        idempotency: { ...idempotency, scope: { tenant: 'other' } },
      });
      assert.notEqual(await (await others.backfill()).result(), one, 'another circle');
    });
  });

  it('whenRunning: fail does not wait for the other run', async () => {
    await during(async (queue) => {
      const name = randomId('busy');
      const idempotency = { once: 'occurrence', key: name, whenRunning: 'fail' } as const;
      const a = await jobs.create(queue, 'slowJob', [name, 7_000], { idempotency });
      const b = await jobs.create(queue, 'slowJob', [name, 7_000], { idempotency });
      const running = await a.backfill();
      await world.effects.until(`${name} began`);
      const failure = (await failureOf((await b.backfill()).result())) as ApplicationFailure;
      assert.equal(failure.type, 'OnceOperationRunning');
      await running.result();
      assert.equal(await world.effects.count(name), 1);
    });
  });

  it('a run that was terminated, or cancelled, or failed holds nothing: the occurrence runs again', async () => {
    await during(async (queue) => {
      const name = randomId('ended');
      const hourly = await jobs.create(queue, 'slowJob', [name, 5_000]);
      const terminated = await hourly.backfill();
      await world.effects.until(`${name} began`, 1);
      await terminated.terminate();
      assert.ok((await failureOf(terminated.result())) instanceof TerminatedFailure);
      const cancelled = await hourly.backfill();
      await world.effects.until(`${name} began`, 2);
      await cancelled.cancel();
      assert.ok((await failureOf(cancelled.result())) instanceof CancelledFailure);
      const done = await (await hourly.backfill()).result();
      assert.equal(await (await hourly.backfill()).result(), done);
      assert.equal(await world.effects.count(`${name} began`), 3);
      const shaky = randomId('shaky');
      const failing = await jobs.create(queue, 'shakyJob', [shaky, 1]);
      assert.equal(
        ((await failureOf((await failing.backfill()).result())) as ApplicationFailure).type,
        'NotYet',
      );
      const mended = await (await failing.backfill()).result();
      assert.equal(await (await failing.backfill()).result(), mended);
      assert.equal(await world.effects.count(shaky), 2);
    });
    assert.equal(
      (await world.counted())['unknown_rerun'],
      1,
      'only of the terminated one the server was asked',
    );
  });

  it('a chain of runs has one outcome, that of its last run; so has one that the server retries', async () => {
    await during(async (queue) => {
      const name = randomId('chain');
      const chain = await jobs.create(queue, 'chainJob', [name, 2]);
      const result = await (await chain.backfill()).result();
      assert.equal(await (await chain.backfill()).result(), result);
      assert.deepEqual(await world.effects.notes(name), ['2 more', '1 more', '0 more']);
      const shaky = randomId('retried');
      const retried = await jobs.create(queue, 'shakyJob', [shaky, 2], {
        retry: { maximumAttempts: 4, initialInterval: '100ms' },
      });
      const third = (await (await retried.backfill()).result()) as string;
      assert.equal(await (await retried.backfill()).result(), third);
      assert.equal(await world.effects.count(shaky), 3);
    });
  });

  it('a run that is reset is no duplicate of itself; what it ends with then is the outcome', async () => {
    await during(async (queue) => {
      const name = randomId('reset');
      const hourly = await jobs.create(queue, 'job', [name]);
      const run = await hourly.backfill();
      const before = await run.result();
      const { runId, workflowId } = await run.describe();
      const workflowExecution = { workflowId, runId };
      const reset = { namespace: 'default', workflowExecution, reason: 'again', requestId: randomId('r') };
      const { runId: newRunId } = await world.client.workflowService.resetWorkflowExecution({
        ...reset,
        workflowTaskFinishEventId: 4 as never,
      });
      const again = world.client.workflow.getHandle<() => Promise<unknown>>(workflowId, newRunId);
      const after = await again.result();
      assert.notDeepEqual(after, before);
      assert.equal(await world.effects.count(name), 2);
      assert.deepEqual(await (await hourly.backfill()).result(), after);
      assert.equal(await world.effects.count(name), 2);
    });
  });

  it('schedules of one workflow type are operations of their own, unless they have one key', async () => {
    await during(async (queue) => {
      const name = randomId('own');
      const [a, b] = [await jobs.create(queue, 'job', [name]), await jobs.create(queue, 'job', [name])];
      const one = await (await a.backfill()).result();
      assert.notDeepEqual(await (await b.backfill()).result(), one);
    });
  });

  it('an update of the schedule keeps it: arguments may change, the occurrence stays the same', async () => {
    await during(async (queue) => {
      const [before, after] = [randomId('before'), randomId('after')];
      const hourly = await jobs.create(queue, 'job', [before]);
      const first = await (await hourly.backfill()).result();
      await hourly.schedule.update((was) => ({
        ...was,
        action: { ...was.action, args: [after] },
        state: was.state,
      }));
      assert.deepEqual(await (await hourly.backfill()).result(), first);
      await (await hourly.backfill(LATER)).result();
      assert.deepEqual([await world.effects.count(before), await world.effects.count(after)], [1, 1]);
    });
  });

  it('the retention of the schedule decides how long', async () => {
    await during(async (queue) => {
      const name = randomId('short');
      const hourly = await jobs.create(queue, 'job', [name], {
        idempotency: { once: 'occurrence', ttl: '1s' },
      });
      await (await hourly.backfill()).result();
      await sleep(1_100);
      await (await hourly.backfill()).result();
      assert.equal(await world.effects.count(name), 2);
    });
  });

  it('wrong options are refused before there is a schedule', async () => {
    const scheduleId = randomId('refused');
    const create = (idempotency: object) =>
      Job.create(world, client, 'nowhere', 'job', [], { scheduleId, idempotency: idempotency as never });
    await assert.rejects(create({ once: 'always' }), InvalidOptionError);
    await assert.rejects(create({ once: 'occurrence', tll: '1h' }), /idempotency\.tll: unknown option/);
    await assert.rejects(create({ once: 'occurrence', ttl: 'soon' }), InvalidOptionError);
    await assert.rejects(create({ once: 'occurrence', category: 'unheard' }), InvalidOptionError);
    await assert.rejects(create({ once: 'occurrence', scope: 'workflow' }), InvalidOptionError);
    await assert.rejects(create({ once: 'occurrence', key: () => 'x' }), InvalidOptionError);
    await assert.rejects(create({ once: 'occurrence', key: 'x'.repeat(990) }), InvalidKeyError);
    await assert.rejects(client.schedule.getHandle(scheduleId).describe());
    await assert.rejects(once.triggerSchedule(client, scheduleId), InvalidOptionError);
    await assert.rejects(
      once.triggerSchedule(client, scheduleId, { asOf: new Date(T.getTime() + 1) }),
      InvalidOptionError,
    );
  });
});
