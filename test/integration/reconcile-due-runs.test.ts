import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '../../src/schedules/job';
import { apply, type Applied, type ApplyOptions } from '../../src/schedules/apply';
import { previewJitter, requireSpec, type ScheduleSpecInput } from '../../src/schedules/spec';
import { assert } from '../helpers/assert';
import { forEachScheduler } from '../helpers/schedulers';
import { until as eventually } from '../helpers/services';
import { jobOf, PlanWorld, planOf } from './support/plans';

const SECOND = 1_000;
const TOO_LATE = Symbol('the situation did not come about');

forEachScheduler('[integration] a due run and a change of its schedule', function (scheduler) {
  this.timeout(60_000);
  let world: PlanWorld;
  before(async () => {
    world = await PlanWorld.open(scheduler.address());
    await world.server.namespaceId();
  });
  after(() => world?.close());

  /** All at once, each looked at by a test of its own. Made again where the machine was too slow to bring it about. */
  function scenario<T>(run: () => Promise<T | typeof TOO_LATE>): () => Promise<T> {
    let running: Promise<T>;
    const inTime = async (): Promise<T> => {
      for (let round = 0; round < 4; round++) {
        const made = await run();
        if (made !== TOO_LATE) return made;
      }
      throw new Error('four times the run had started before the change was made');
    };
    before(() => {
      running = inTime();
      running.catch(() => undefined);
    });
    return () => running;
  }

  const applied = async (job: Job, options: ApplyOptions = {}): Promise<Applied> =>
    (await apply(planOf(world.plan, job), world.server, world.owned, options))[0]!;
  const until = (ms: number): Promise<void> => sleep(Math.max(0, ms - Date.now()));

  /** Has one nominal time, some seconds ahead, and starts its run so much later. */
  async function dueOnce(leastMs: number, mostMs: number, change: Parameters<typeof jobOf>[1] = {}) {
    const nominalMs = Math.ceil((Date.now() + 3_000) / SECOND) * SECOND;
    const spec = {
      intervals: [{ every: '1h', offset: nominalMs % 3_600_000 }],
      jitter: '5s',
    } as ScheduleSpecInput;
    const namespaceId = await world.server.namespaceId();
    const delay = (scheduleId: string): number =>
      previewJitter(requireSpec(spec), { namespaceId, scheduleId }, nominalMs).getTime() - nominalMs;
    const id = world.id((one) => delay(one) >= leastMs && delay(one) <= mostMs);
    const job = jobOf(id, { spec, overlap: 'ALLOW_ALL', ...change });
    assert.equal((await applied(job)).did, 'created');
    // The new spec has other times: that run is none of them.
    const later = { ...spec, intervals: [{ every: '1h', offset: (nominalMs + 1_800_000) % 3_600_000 }] };
    const changed = { ...job, why: 'Changed meanwhile.', spec: requireSpec(later) };
    return { job, changed, nominalMs, atMs: nominalMs + delay(id) };
  }
  const starts = (job: Job, nominalMs: number) => world.starts(job.workflow.workflowId, nominalMs);

  const dropped = scenario(async () => {
    const { job, changed, nominalMs, atMs } = await dueOnce(1_500, 2_000);
    await until(nominalMs + 100);
    const done = await applied(changed, { waitMs: 0 });
    if (done.givenBack.length === 0 && Date.now() > atMs) return TOO_LATE;
    return { done, nominalMs, starts: await starts(job, nominalMs) };
  });

  const droppedBehind = scenario(async () => {
    const { job, changed, nominalMs, atMs } = await dueOnce(1_500, 2_000, {
      overlap: 'BUFFER_ONE',
      workflow: { executionTimeoutMs: 9_000 },
    });
    await world.server.patch(job.id, { triggerImmediately: { overlapPolicy: 0 } });
    await until(nominalMs + 100);
    const done = await applied(changed, { waitMs: 0 });
    if (done.givenBack.length === 0 && Date.now() > atMs) return TOO_LATE;
    const { workflowId } = job.workflow;
    await eventually(async () => (await world.startedBy(workflowId)).size > 1, 20_000);
    return { done, nominalMs, by: await world.startedBy(workflowId) };
  });

  const awaited = scenario(async () => {
    const { job, changed, nominalMs, atMs } = await dueOnce(3_500, 4_500);
    await until(nominalMs + 100);
    const first = await applied(changed, { waitMs: 200 });
    if (first.did === 'updated' && Date.now() > atMs - 2_500) return TOO_LATE;
    const untouched = (await world.server.find(job.id))?.action.summary === job.why;
    const second = await applied(changed);
    return {
      first,
      untouched,
      second,
      endedMs: Date.now(),
      nominalMs,
      atMs,
      starts: await starts(job, nominalMs),
    };
  });

  const EVERY = 2 * SECOND;
  const succeeded = scenario(async () => {
    // Jitter up to the next time would make the newer scheduler lose runs by itself, where it is late by a moment.
    const spec = { intervals: [{ every: '2s' }], jitter: '1s' } as ScheduleSpecInput;
    const namespaceId = await world.server.namespaceId();
    const delay = (scheduleId: string, ms: number): number =>
      previewJitter(requireSpec(spec), { namespaceId, scheduleId }, ms).getTime() - ms;
    const begin = Math.floor(Date.now() / EVERY) * EVERY;
    const window = [4, 6, 8, 10, 12].map((seconds) => begin + seconds * SECOND);
    // The old one would be first with each time of the two.
    const from = world.id((id) => window.every((ms) => delay(id, ms) < 600));
    const to = world.id((id) => window.every((ms) => delay(id, ms) > delay(from, ms) + 150));
    const job = (id: string): Job =>
      jobOf(id, {
        name: 'ticker',
        spec,
        overlap: 'ALLOW_ALL',
        // None ends meanwhile: the newer scheduler forgets a start when a run ends between its nominal time and its instant.
        workflow: { workflowId: `${from}-run`, executionTimeoutMs: 30 * SECOND },
      });
    await applied(job(from));
    await world.starts(`${from}-run`, 1);
    const create = world.server.create.bind(world.server);
    let beginsMs = 0;
    world.server.create = (id, schedule, memo) => {
      if (id === to) beginsMs = Number(schedule.spec?.startTime?.seconds) * SECOND;
      return create(id, schedule, memo);
    };
    const done = await applied(job(to), { leadMs: 3_500 });
    await world.starts(`${from}-run`, Date.now() + EVERY);
    return { done, from, to, beginsMs, by: await world.startedBy(`${from}-run`) };
  });

  it('a run that an update makes the server forget is started for it, once, and said', async () => {
    const { done, nominalMs, starts } = await dropped();
    assert.equal(done.did, 'updated');
    assert.deepEqual(done.givenBack, [new Date(nominalMs)]);
    assert.deepEqual([...starts], [[nominalMs, 1]]);
  });

  it('and where a run is under way that it has to wait for, the server buffers it', async () => {
    const { done, nominalMs, by } = await droppedBehind();
    assert.deepEqual(done.givenBack, [new Date(nominalMs)]);
    assert.equal(by.size, 2);
    assert.deepEqual([...by.values()].flat().length, 2);
    // The newer scheduler calls it by the time at which it was asked.
    if (scheduler.name === 'workflow-backed') assert.equal(by.get(nominalMs)?.length, 1);
  });

  it('in its jitter window it is waited for before an update; for longer than was to be waited, apply answers pending', async () => {
    const { first, untouched, second, endedMs, nominalMs, atMs, starts } = await awaited();
    assert.deepEqual([first.did, first.until, untouched], ['pending', new Date(atMs), true]);
    assert.match(first.waitsFor ?? '', /jitter/);
    assert.equal(second.did, 'updated');
    // A server that is more than two seconds late is not waited for: what it then forgets is given back.
    for (const at of second.givenBack) assert.equal(at.getTime(), nominalMs);
    assert.ok(endedMs >= atMs);
    assert.deepEqual([...starts], [[nominalMs, 1]]);
  });

  it('in a succession the old schedule ends where the new one begins, although both would start each run', async () => {
    const { done, from, to, beginsMs, by } = await succeeded();
    assert.equal(done.did, 'succeeded');
    const times = [...by.keys()].sort((a, b) => a - b);
    const owners = times.map((ms) => by.get(ms)?.join() ?? '');
    assert.ok(times.some((ms) => ms < beginsMs) && times.some((ms) => ms >= beginsMs));
    assert.deepEqual(
      owners,
      times.map((ms) => (ms < beginsMs ? from : to)),
    );
    assert.deepEqual(
      times,
      times.map((_, index) => times[0]! + index * EVERY),
    );
  });
});
