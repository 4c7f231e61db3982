import { isGrpcServiceError } from '@temporalio/client';
import { findZone, listedTimes, parseSpec } from '../../src/schedules/spec';
import { assert } from '../helpers/assert';
import { forEachScheduler } from '../helpers/schedulers';
import { randomNumbers } from '../stores/subject';
import { drawBrokenCrons, drawSpec, ZONES, type Drawn } from './draw-spec';
import { ServerSchedules } from './server-schedules';

const SEED = Number(process.env['ONCE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** As many as fit into the time, up to so many. */
const SPECS = Number(process.env['ONCE_SPECS'] ?? 4000);
const WITHIN_MS = 20_000;
const AT_ONCE = 24;
const DAY_SECONDS = 86_400;

/** Runs `body` for 0 … count-1, some at a time. */
async function inParallel(count: number, body: (index: number) => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count && performance.now() - startedAt < WITHIN_MS) await body(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return next;
}

/** For messages. */
const show = (times: readonly number[]): string[] => times.map((time) => new Date(time).toISOString());

/** The server passes over so many excluded times and no more. */
function gaveUp(error: unknown): undefined {
  if (isGrpcServiceError(error) && /too many exclusions/.test(error.details)) return undefined;
  throw error;
}

forEachScheduler('[integration] schedule specs against the server', function (scheduler) {
  this.timeout(300_000);
  let server: ServerSchedules;
  before(async () => {
    server = await ServerSchedules.open(scheduler.address());
  });
  after(() => server?.close());

  /** The first day from `from` to `to` (ms) whose noon the server has at another instant. */
  async function zoneDiffers(zone: string, from: number, to: number): Promise<string | undefined> {
    const noons = { cronString: ['0 12 * * *'], timezoneName: zone };
    const { spec } = parseSpec({ cronExpressions: ['0 12 * * *'], timezone: zone });
    const answer = await server.during(noons, async (scheduleId) => {
      for (let at = from; at < to; at += 990 * DAY_SECONDS * 1000) {
        const theirs = await server.list(scheduleId, at, Math.min(to, at + 990 * DAY_SECONDS * 1000));
        const identity = { scheduleId, namespaceId: server.namespaceId };
        const ours = listedTimes(
          spec as NonNullable<typeof spec>,
          identity,
          at,
          Math.min(to, at + 990 * DAY_SECONDS * 1000),
        );
        const index = theirs.findIndex((time, i) => time !== ours[i]?.atMs);
        if (index >= 0) return new Date(theirs[index] as number).toISOString().slice(0, 10);
      }
      return undefined;
    });
    return answer;
  }

  it(`random specs are refused or fire as the server says, to the millisecond (ONCE_SEED=${SEED})`, async () => {
    const counts = { accepted: 0, refused: 0, withoutTime: 0, gaveUp: 0, times: 0, otherZoneData: 0 };
    const drawnSpecs = await inParallel(SPECS, async (index) => {
      const drawn = drawSpec(randomNumbers((SEED + index * 7919) >>> 0));
      const { spec, problems } = parseSpec(drawn.input);
      const where = `spec ${index} of ONCE_SEED=${SEED}: ${JSON.stringify(drawn)}`;
      const listed = await server.during(drawn.proto, async (scheduleId) => ({
        scheduleId,
        theirs: await server.list(scheduleId, drawn.from, drawn.to).catch(gaveUp),
      }));
      if (typeof listed === 'string') {
        counts.refused++;
        assert.ok(problems.length > 0, `the server refuses (${listed}), the engine does not: ${where}`);
        return;
      }
      if (spec === undefined) {
        counts.withoutTime++;
        const said = JSON.stringify(problems);
        assert.match(
          said,
          /no time|every time of the spec is excluded/,
          `the server accepts, we say ${said}: ${where}`,
        );
        assert.deepEqual(listed.theirs ?? [], [], where);
        return;
      }
      counts.accepted++;
      const identity = { scheduleId: listed.scheduleId, namespaceId: server.namespaceId };
      if (listed.theirs === undefined) {
        counts.gaveUp++;
        assert.throws(() => listedTimes(spec, identity, drawn.from, drawn.to), /gives up/, where);
        return;
      }
      counts.times += listed.theirs.length;
      const ours = listedTimes(spec, identity, drawn.from, drawn.to).map(({ atMs }) => atMs);
      if (String(ours) !== String(listed.theirs) && (await explainedByZoneData(drawn, spec.timezone)))
        counts.otherZoneData++;
      else assert.deepEqual(show(ours), show(listed.theirs), where);
    });
    console.log(`      ${JSON.stringify(counts)}`);
    assert.ok(counts.accepted > drawnSpecs / 2);
    assert.ok(
      counts.otherZoneData < drawnSpecs / 20,
      'zone data differ too often to say that the rest was compared',
    );
  });

  async function explainedByZoneData(drawn: Drawn, zone: string): Promise<boolean> {
    const day = await zoneDiffers(
      zone,
      drawn.from - 3 * DAY_SECONDS * 1000,
      drawn.to + 3 * DAY_SECONDS * 1000,
    );
    if (day !== undefined)
      console.log(`      zone data differ: ${zone} on ${day} (Node has ${process.versions['tz']})`);
    return day !== undefined;
  }

  it(`random cron texts, most of them broken, are refused exactly where the server refuses (ONCE_SEED=${SEED})`, async () => {
    const counts = { both: 0, neither: 0, withoutTime: 0 };
    await inParallel(Math.ceil(SPECS / 4), async (index) => {
      const cronString = drawBrokenCrons(randomNumbers((SEED + index * 104_729) >>> 0));
      const { spec, problems } = parseSpec({ cronExpressions: cronString });
      const refused = await server.during({ cronString }, () => Promise.resolve(undefined));
      const where = `${JSON.stringify(cronString)}: the server says ${refused}, we ${JSON.stringify(problems)}`;
      if (refused !== undefined) counts.both++;
      else if (spec !== undefined) counts.neither++;
      else counts.withoutTime++;
      if (refused !== undefined) assert.equal(spec, undefined, where);
      else if (spec === undefined)
        assert.match(JSON.stringify(problems), /no time up to|no times at all/, where);
      else assert.deepEqual(problems, [], where);
    });
    console.log(`      ${JSON.stringify(counts)}`);
    assert.ok(counts.both > 0 && counts.neither > 0);
  });

  it('the hour that Berlin repeats: the server itself loses two hours of every minute', async () => {
    const [from, to] = [Date.UTC(2026, 9, 24, 23, 59), Date.UTC(2026, 9, 25, 2, 3)];
    const spec = { cronString: ['* * * * *'], timezoneName: 'Europe/Berlin' };
    const listed = await server.during(spec, (scheduleId) => server.list(scheduleId, from, to));
    assert.deepEqual(show(listed as number[]), [
      '2026-10-25T00:00:00.000Z',
      '2026-10-25T01:01:00.000Z',
      '2026-10-25T02:02:00.000Z',
      '2026-10-25T02:03:00.000Z',
    ]);
  });

  it('zone data of Node and of the server: the same for the years to come, or said', async () => {
    const from = Date.UTC(2026, 0, 1);
    await inParallel(ZONES.length, async (index) => {
      const zone = ZONES[index] as string;
      assert.ok(findZone(zone) !== undefined, zone);
      const day = await zoneDiffers(zone, from, Date.UTC(2038, 0, 1));
      if (day !== undefined)
        console.log(`      zone data differ: ${zone} on ${day} (Node has ${process.versions['tz']})`);
    });
  });
});
