import {
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleHandle,
  type ScheduleOptions,
} from '@temporalio/client';
import { InvalidOptionError, type OncePlugin } from '../../src';
import {
  scheduledRuns,
  type ScheduledRun,
  type ScheduledRunsOptions,
} from '../../src/temporal/scheduled-runs';
import { assert } from '../helpers/assert';
import { forEachScheduler } from '../helpers/schedulers';
import { until } from '../helpers/services';
import { randomId, World } from './support/world';

const HOUR_MS = 3_600_000;
const T = Date.UTC(2026, 0, 1, 9);
const hours = (n: number): Date => new Date(T + n * HOUR_MS);

forEachScheduler('[integration] runs of a schedule in visibility', function (scheduler) {
  this.timeout(90_000);
  let world: World;
  let once: OncePlugin;
  let client: Client;
  const made: ScheduleHandle[] = [];
  before(async () => {
    world = await World.open({}, scheduler.address());
    once = world.plugin();
    client = world.clientWith(once);
  });
  after(async () => {
    for (const schedule of made) await schedule.delete();
    await once.close();
    await world.close();
  });

  /** Every hour, and all of its runs at once. */
  async function schedule(
    workflowType: string,
    taskQueue: string,
    {
      args = [],
      retry,
      scheduleId = randomId('schedule'),
      ...options
    }: Partial<ScheduleOptions> & {
      args?: unknown[];
      retry?: { maximumAttempts: number };
    } = {},
  ): Promise<ScheduleHandle> {
    const handle = await client.schedule.create({
      scheduleId,
      spec: { intervals: [{ every: '1h' }] },
      action: {
        type: 'startWorkflow',
        workflowType,
        taskQueue,
        workflowId: randomId('run'),
        args,
        workflowExecutionTimeout: '60s',
        ...(retry === undefined ? {} : { retry }),
      },
      policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL },
      memo: { resource: scheduleId },
      ...options,
    });
    made.push(handle);
    return handle;
  }

  const backfill = (handle: ScheduleHandle, from: number, to: number): Promise<void> =>
    handle.backfill({ start: hours(from), end: hours(to), overlap: ScheduleOverlapPolicy.ALLOW_ALL });

  async function runs(
    { scheduleId }: ScheduleHandle,
    from: number,
    until: number,
    options: ScheduledRunsOptions = {},
  ): Promise<ScheduledRun[]> {
    const found: ScheduledRun[] = [];
    const window = { of: 'nominalTime', from: hours(from), until: hours(until) } as const;
    for await (const run of scheduledRuns(client, scheduleId, window, options)) found.push(run);
    return found;
  }

  /** Visibility is a moment behind. */
  async function settled(
    handle: ScheduleHandle,
    from: number,
    to: number,
    closed: number,
  ): Promise<ScheduledRun[]> {
    let found: ScheduledRun[] = [];
    await until(async () => {
      found = await runs(handle, from, to);
      return found.length === closed && found.every(({ closeTime }) => closeTime !== undefined);
    }, 20_000);
    return found;
  }

  it('the closed ones, those closed last first, in pages, with the times of the occurrence and of the run', async () => {
    await world.during({ plugins: [world.plugin()] }, async (queue) => {
      // Paused: a run of the full hour would be one more.
      const handle = await schedule('endsWithNothing', queue, { state: { paused: true } });
      await backfill(handle, 0, 4);
      const found = await settled(handle, 0, 24, 5);
      assert.deepEqual(
        found.map(({ nominalTime }) => nominalTime.getTime()).sort(),
        [0, 1, 2, 3, 4].map((n) => hours(n).getTime()),
      );
      for (const run of found) {
        assert.equal(run.scheduleId, handle.scheduleId);
        assert.match(run.workflowId, /^run_.*-2026-01-01T\d\d:00:00Z$/);
        assert.deepEqual(
          [run.status, run.expired, run.taskQueue, run.type],
          ['COMPLETED', false, queue, 'endsWithNothing'],
        );
        assert.ok(run.startTime.getTime() > Date.now() - 60_000);
        assert.ok((run.closeTime?.getTime() ?? 0) >= run.startTime.getTime());
        assert.deepEqual(run.executionTime, run.startTime);
      }
      const closings = found.map(({ closeTime }) => closeTime?.getTime() ?? 0);
      assert.deepEqual(
        closings,
        [...closings].sort((a, b) => b - a),
      );
      assert.deepEqual(await runs(handle, 0, 24, { pageSize: 2 }), found);
      assert.deepEqual(await runs(handle, 0, 24, { pageSize: 2, most: 3 }), found.slice(0, 3));
      // The window: from inclusive, until exclusive.
      assert.equal((await runs(handle, 1, 3)).length, 2);
      const window = {
        of: 'closeTime',
        from: new Date(Date.now() - 60_000),
        until: new Date(Date.now() + 1),
      } as const;
      let count = 0;
      for await (const run of scheduledRuns(client, handle.scheduleId, window))
        count += run.type === '' ? 0 : 1;
      assert.equal(count, 5);
    });
  });

  it('retries and continued runs share the nominal time and the workflow id, and begin when the one before ends', async () => {
    await world.during({ plugins: [world.plugin()] }, async (queue) => {
      const chain = await schedule('endsAfter', queue, { args: [2, 'x'] });
      const retried = await schedule('endsAtRetry', queue, { retry: { maximumAttempts: 2 } });
      await backfill(chain, 0, 0);
      await backfill(retried, 0, 0);
      for (const [handle, statuses] of [
        [chain, ['CONTINUED_AS_NEW', 'CONTINUED_AS_NEW', 'COMPLETED']],
        [retried, ['FAILED', 'COMPLETED']],
      ] as const) {
        const found = (await settled(handle, 0, 1, statuses.length)).reverse();
        assert.deepEqual(
          found.map(({ status }) => status),
          statuses,
        );
        assert.equal(new Set(found.map(({ workflowId }) => workflowId)).size, 1);
        assert.deepEqual(new Set(found.map(({ nominalTime }) => nominalTime.getTime())), new Set([T]));
        found.slice(1).forEach(({ startTime }, index) => {
          const apart = startTime.getTime() - (found[index]?.closeTime?.getTime() ?? 0);
          // The backoff of a retry, which is not to count, is 1 s.
          assert.ok(Math.abs(apart) <= 500, `${apart} ms`);
        });
      }
    });
  });

  it('failed, expired, open, cancelled and terminated runs are told as such', async () => {
    await world.during({ plugins: [world.plugin()] }, async (queue) => {
      const failing = await schedule('alwaysFails', queue);
      const late = await schedule('endsWithNothing', queue, { expiresAfter: '2s' });
      const open = await schedule('endsWith', queue);
      await backfill(failing, 0, 0);
      await backfill(late, 0, 0);
      await backfill(open, 0, 2);
      const told = async (handle: ScheduleHandle): Promise<unknown[]> =>
        (await settled(handle, 0, 24, 1)).map(({ status, expired }) => [status, expired]);
      assert.deepEqual(await told(failing), [['FAILED', false]]);
      assert.deepEqual(await told(late), [['FAILED', true]]);
      let found: ScheduledRun[] = [];
      await until(async () => (found = await runs(open, 0, 24)).length === 3, 20_000);
      for (const { status, closeTime } of found)
        assert.deepEqual([status, closeTime], ['RUNNING', undefined]);
      const end = (n: number) => client.workflow.getHandle(found[n]?.workflowId ?? '', found[n]?.runId);
      await end(0).cancel();
      await end(1).terminate();
      await until(async () => (await runs(open, 0, 24)).filter((run) => run.closeTime).length === 2, 20_000);
      // Open ones come first.
      const statuses = (await runs(open, 0, 24)).map(({ status }) => status);
      assert.deepEqual([statuses[0], ...statuses.slice(1).sort()], ['RUNNING', 'CANCELLED', 'TERMINATED']);
      await end(2).terminate();
    });
  });

  it('any schedule id, and no other that begins like it', async () => {
    const suffix = randomId('id');
    const ids = ["it's", 'q"q', '"', 'b\\b', "e\\'x", 'n\nl', 'p%_', 'ü 日 😀'].map(
      (text) => `${text}${suffix}`,
    );
    const handles: ScheduleHandle[] = [];
    for (const scheduleId of ids) handles.push(await schedule('x', 'nobody', { scheduleId }));
    for (const handle of handles) await backfill(handle, 0, 0);
    for (const handle of handles) {
      let found: ScheduledRun[] = [];
      await until(async () => (found = await runs(handle, 0, 1)).length > 0, 20_000);
      assert.deepEqual(
        found.map(({ scheduleId }) => scheduleId),
        [handle.scheduleId],
      );
    }
  });

  it('nothing for a schedule that is not known; ends with the reason of its signal; refuses what is no window', async () => {
    const handle = client.schedule.getHandle('none');
    assert.deepEqual(await runs(handle, 0, 1), []);
    await assert.rejects(runs(handle, 0, 1, { signal: AbortSignal.abort(new Error('enough')) }), /enough/);
    const soon = new AbortController();
    const reading = runs(handle, 0, 1, { signal: soon.signal });
    soon.abort(new Error('enough'));
    await assert.rejects(reading, /enough/);
    await assert.rejects(runs(handle, NaN, 1), InvalidOptionError);
  });
});
