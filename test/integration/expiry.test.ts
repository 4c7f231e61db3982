import { setTimeout as sleep } from 'node:timers/promises';
import {
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleHandle,
  type ScheduleOptions,
} from '@temporalio/client';
import type { ApplicationFailure } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { FAILURE_TYPES, InvalidOptionError, type OncePlugin } from '../../src';
import { assert } from '../helpers/assert';
import { forEachScheduler } from '../helpers/schedulers';
import { bundle, plainBundle } from './support/bundle';
import { eventNames } from './support/failures';
import { effectsOf, type Run } from './support/occurrences';
import { jobOf } from './support/plans';
import { ScheduledRuns } from './support/scheduled-runs';
import { randomId, World } from './support/world';

const LONG_AGO = new Date('2026-01-01T09:00:00Z');

forEachScheduler('[integration] runs of a schedule that expire', function (scheduler) {
  this.timeout(90_000);
  let world: World;
  let once: OncePlugin;
  let client: Client;
  const made: ScheduleHandle[] = [];
  before(async () => {
    world = await World.open({}, scheduler.address());
    once = world.plugin();
    client = world.clientWith(once);
    // Counts are looked at before a worker has made the tables.
    await (await world.service()).close();
  });
  after(async () => {
    for (const schedule of made) await schedule.delete();
    await once.close();
    await world.close();
  });

  /** Every second unless said otherwise; acts once. */
  async function job(
    given: Partial<ScheduleOptions> & { args: unknown[]; queue: string; type?: string; retry?: object },
  ): Promise<ScheduledRuns> {
    const { args, queue, type = 'job', retry, ...options } = given;
    const scheduleId = randomId('schedule');
    const schedule = await client.schedule.create({
      scheduleId,
      spec: { intervals: [{ every: '1s' }] },
      action: {
        type: 'startWorkflow',
        workflowType: type,
        taskQueue: queue,
        workflowId: scheduleId,
        args,
        workflowExecutionTimeout: '60s',
        ...(retry === undefined ? {} : { retry }),
      },
      policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL },
      state: { remainingActions: 1 },
      expiresAfter: '2s',
      memo: { resource: scheduleId },
      ...options,
    });
    made.push(schedule);
    return new ScheduledRuns(world, schedule, scheduleId);
  }

  const during = <R>(queue: string, body: () => Promise<R>): Promise<R> =>
    world.during({ activities: effectsOf(world), plugins: [world.plugin()], taskQueue: queue }, body);
  const expired = async (run: Run): Promise<ApplicationFailure> => {
    const failure = await run.result().then(
      () => assert.fail('it did not expire'),
      (error: Error) => error.cause as ApplicationFailure,
    );
    assert.equal(failure.type, FAILURE_TYPES.expired);
    assert.equal(failure.nonRetryable, true);
    return failure;
  };
  const counted = async (): Promise<number> => (await world.counted())['expired'] ?? 0;

  it('workers down past expiry: the run ends as expired, its body is not run, it is counted; in time it runs', async () => {
    const [name, queue] = [randomId('late'), randomId('queue')];
    const before = await counted();
    const late = await (await job({ queue, args: [name], retry: { maximumAttempts: 3 } })).first();
    await sleep(3_500);
    await during(queue, async () => {
      const failure = await expired(late);
      assert.match(
        failure.message,
        /scheduled for .*, to begin within 2 s, reached a worker [\d.]+ s too late/,
      );
      const [{ scheduledFor, lateMs }] = failure.details as [{ scheduledFor: string; lateMs: number }];
      assert.ok(late.workflowId.endsWith(scheduledFor.replace('.000Z', 'Z')));
      assert.ok(lateMs > 0 && lateMs < 30_000);
      assert.equal((await late.describe()).status.name, 'FAILED');
      assert.equal(await world.effects.count(name), 0);
      const inTime = await (await job({ queue, args: [name], expiresAfter: '30s' })).first();
      await inTime.result();
      assert.equal(await world.effects.count(name), 1);
      const names = await eventNames(inTime);
      assert.ok(!names.includes('markerRecordedEventAttributes'), 'a run in time has no command of ours');
    });
    assert.equal(await counted(), before + 1);
  });

  it('late runs of what `ensure` creates expire: a job of a plan, and options', async () => {
    const [name, queue] = [randomId('ensured'), randomId('queue')];
    const spec = { intervals: [{ every: '1s' as const }] };
    const runs = async (id: string, schedule: ScheduleHandle): Promise<Run> => {
      made.push(schedule);
      const first = await new ScheduledRuns(world, schedule, `${id}-run`).first();
      await schedule.pause();
      return first;
    };
    const schedules = once.schedules(client);
    const [planned, plain] = [randomId('schedule'), randomId('schedule')];
    const workflow = { type: 'job', taskQueue: queue, args: [name] };
    const job = jobOf(planned, { spec, overlap: 'ALLOW_ALL', workflow, expiresAfterMs: 2_000 });
    const action = { type: 'startWorkflow' as const, workflowType: 'job', taskQueue: queue, args: [name] };
    const options: ScheduleOptions = {
      scheduleId: plain,
      spec,
      action: { ...action, workflowId: `${plain}-run` },
      policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL },
      expiresAfter: '2s',
      memo: { resource: plain },
    };
    const late = [
      await runs(planned, (await schedules.ensure(job)).handle),
      await runs(plain, (await schedules.ensure(options)).handle),
    ];
    await sleep(5_000);
    await during(queue, () => Promise.all(late.map(expired)));
    assert.equal(await world.effects.count(name), 0);
  });

  it('jitter is added to the time a run has', async () => {
    const [name, queue] = [randomId('jitter'), randomId('queue')];
    const run = await (
      await job({ queue, args: [name], spec: { intervals: [{ every: '1s' }], jitter: '1m' } })
    ).first();
    await sleep(3_500);
    await during(queue, () => run.result());
    assert.equal(await world.effects.count(name), 1);
  });

  it('a backfill of an old instant expires; reset to its first task it runs; so does a trigger', async () => {
    const [name, queue] = [randomId('backfill'), randomId('queue')];
    const hourly = await job({
      queue,
      args: [name],
      expiresAfter: '30s',
      spec: { intervals: [{ every: '1h' }] },
      state: { paused: true },
    });
    await during(queue, async () => {
      const run = await hourly.backfill(LONG_AGO);
      await expired(run);
      const { events } = await run.fetchHistory();
      const first = events?.find((event) => event.workflowTaskCompletedEventAttributes != null);
      await client.workflowService.resetWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId: run.workflowId },
        reason: 'wanted all the same',
        requestId: randomId('reset'),
        workflowTaskFinishEventId: first?.eventId ?? null,
      });
      await client.workflow.getHandle(run.workflowId).result();
      assert.equal(await world.effects.count(name), 1);
      await hourly.trigger();
      await world.effects.until(name, 2);
    });
  });

  it('a retry, and a run continued as new, go on with what began in time', async () => {
    const [name, queue] = [randomId('chain'), randomId('queue')];
    await during(queue, async () => {
      const retry = { maximumAttempts: 2, initialInterval: '100ms' };
      const chain = { type: 'slowChain', args: [name, 4_500], retry, expiresAfter: 4_000 };
      const run = await (await job({ queue, ...chain })).first();
      await run.result();
    });
    assert.equal(await world.effects.count(name), 3);
  });

  it('a store that is away is in nobody’s way: the run expires, and is counted later', async () => {
    const [name, queue] = [randomId('away'), randomId('queue')];
    const before = await counted();
    const run = await (await job({ queue, args: [name] })).first();
    await sleep(3_500);
    await during(queue, async () => {
      await world.pool.query(`ALTER SCHEMA ${world.schema} RENAME TO ${world.schema}_away`);
      try {
        await expired(run);
      } finally {
        await world.pool.query(`ALTER SCHEMA ${world.schema}_away RENAME TO ${world.schema}`);
      }
    });
    assert.equal(await world.effects.count(name), 0);
    assert.equal(await counted(), before + 1);
  });

  it('histories replay, those of late runs with and without the interceptor', async () => {
    const [name, queue] = [randomId('replay'), randomId('queue')];
    const [withIt, without] = [
      await (await job({ queue, args: [name] })).first(),
      await (await job({ queue: `${queue}-plain`, type: 'slowJob', args: [name, 3_000] })).first(),
    ];
    await sleep(3_500);
    await during(queue, () => expired(withIt));
    const activities = effectsOf(world);
    const plain = {
      activities,
      plugins: [],
      workflowBundle: await plainBundle(),
      taskQueue: `${queue}-plain`,
    };
    await world.during(plain, async () => {
      await world.effects.until(`${name} began`);
      await sleep(500);
    });
    // It goes on with the interceptor, on a worker that has to replay what it began without.
    await during(`${queue}-plain`, () => without.result());
    assert.equal(await world.effects.count(name), 1);
    for (const run of [withIt, without]) {
      const options = { workflowBundle: await bundle(), plugins: [world.plugin()] };
      const history = await run.fetchHistory();
      await assert.doesNotReject(Worker.runReplayHistory(options, history, run.workflowId));
    }
  });

  it('what can not be kept is refused before there is a schedule', async () => {
    const refused: [Partial<ScheduleOptions>, RegExp][] = [
      [{ expiresAfter: '10 minutes or so' }, /expiresAfter/],
      [{ expiresAfter: 0 }, /expiresAfter/],
      [{ expiresAfter: 500 }, /less than a second/],
      [{ expiresAfter: '1m', policies: { pauseOnFailure: true } }, /pauseOnFailure/],
    ];
    for (const [options, message] of refused) {
      const error: unknown = await job({ queue: 'none', args: [], ...options }).catch(
        (caught: unknown) => caught,
      );
      assert.ok(error instanceof InvalidOptionError);
      assert.match(error.message, message);
    }
  });
});
