import fc from 'fast-check';
import type { Job } from '../../../src/schedules/job';
import { parseSpec, type ScheduleSpecInput } from '../../../src/schedules/spec';
import { findZone } from '../../../src/schedules/spec/zone';
import { ZONES } from '../../schedules/draw-spec';
import type { Span } from './brute-force';
import { jobOf } from './plan-of';

const DAY = 86_400;

const list = (max: number, most: number): fc.Arbitrary<string> =>
  fc
    .uniqueArray(fc.integer({ min: 0, max }), { minLength: 1, maxLength: most })
    .map((values) => values.sort((a, b) => a - b).join());
const minutes = fc.oneof(list(59, 4), fc.constantFrom('*/5', '*/15', '0,30', '7-50/9', '*/27', '*/20'), {
  weight: 1,
  arbitrary: fc.constant('*'),
});
const hours = fc.oneof(
  fc.constant('*'),
  list(23, 3),
  fc.constantFrom('1-3', '2', '0', '*/8', '23', '*/6', '9-17'),
);
const dates = fc.oneof(
  { weight: 6, arbitrary: fc.constant('* *') },
  fc.constantFrom('1 *', '*/2 *', '28-31 *', '* 3,4,10,11', '15-31 10'),
);
const weekdays = fc.oneof(
  { weight: 3, arbitrary: fc.constant('*') },
  fc.constantFrom('1-5', '0', '6', '0,3'),
);
const cron = fc.tuple(minutes, hours, dates, weekdays).map((fields) => fields.join(' '));
const everySeconds = fc.oneof(
  fc.constantFrom(60, 420, 900, 1200, 1500, 1620, 1800, 3600, 7200, 28_800, 86_400, 604_800),
  fc.integer({ min: 50, max: 20_000 }),
);
const interval = fc
  .tuple(everySeconds, fc.nat())
  .map(([every, offset]) => ({ every: every * 1000, offset: (offset % every) * 1000 }));
const instant = fc.integer({ min: -3 * DAY, max: 12 * DAY });

const spec = (zones: readonly string[], from: number): fc.Arbitrary<ScheduleSpecInput> =>
  fc
    .record({
      timezone: fc.constantFrom(...zones),
      what: fc.oneof(
        {
          weight: 4,
          arbitrary: fc.record({ cronExpressions: fc.array(cron, { minLength: 1, maxLength: 2 }) }),
        },
        {
          weight: 4,
          arbitrary: fc.record({ intervals: fc.array(interval, { minLength: 1, maxLength: 1 }) }),
        },
        fc.record({
          cronExpressions: fc.tuple(cron),
          intervals: fc.array(interval, { minLength: 1, maxLength: 2 }),
        }),
      ),
      skip: fc.oneof(
        { weight: 5, arbitrary: fc.constant(undefined) },
        fc.constantFrom(
          [{ hour: { start: 0, end: 3 }, minute: '*', second: '*' }],
          [{ dayOfWeek: 0, hour: '*', minute: '*', second: '*' }],
          [{ dayOfMonth: { start: 20, end: 29 }, hour: '*', minute: '*', second: '*' }],
        ),
      ),
      startAt: fc.option(instant, { freq: 6, nil: undefined }),
      endAt: fc.option(instant, { freq: 8, nil: undefined }),
    })
    .map(({ timezone, what, skip, startAt, endAt }) => {
      const at = (offset: number): Date => new Date((from + offset) * 1000);
      return {
        timezone,
        ...what,
        ...(skip === undefined ? {} : { skip }),
        ...(startAt === undefined ? {} : { startAt: at(startAt) }),
        ...(endAt === undefined ? {} : { endAt: at(endAt) }),
      };
    })
    .filter((input) => parseSpec(input).spec !== undefined);

/** The beginning of a horizon, a day or two before a change of the zone's clock where it has some. */
function nearChange(zone: string, year: number, before: number): number {
  const begin = Date.UTC(year, 0, 1) / 1000;
  const changes = findZone(zone)?.changes(begin, begin + 365 * DAY) ?? [];
  const change = changes[year % Math.max(1, changes.length)] ?? begin + 200 * DAY;
  return Math.floor((change - before) / 60) * 60;
}

const durations = fc.constantFrom(undefined, 1000, 60_000, 240_000, 840_000, 90_500, 5_400_000);

export interface DrawnPlan extends Span {
  readonly jobs: readonly Job[];
  readonly byMs: number;
}

/** A few jobs that share a resource, in one or two zones, and a horizon of days. */
export const drawnPlan: fc.Arbitrary<DrawnPlan> = fc
  .tuple(
    fc.constantFrom(...ZONES),
    fc.integer({ min: 2018, max: 2036 }),
    fc.integer({ min: 0, max: 9 * DAY }),
    fc.integer({ min: 3600, max: 12 * DAY }),
  )
  .chain(([zone, year, before, length]) => {
    const from = nearChange(zone, year, before);
    const job = fc.tuple(spec([zone, zone, 'UTC'], from), durations, fc.constantFrom('SKIP', 'ALLOW_ALL'));
    return fc.record({
      from: fc.constant(from),
      until: fc.constant(from + Math.ceil(length / 60) * 60),
      byMs: fc.constantFrom(60_000, 120_000, 900_000, 7_200_000),
      jobs: fc.array(job, { minLength: 2, maxLength: 4 }).map((drawn) =>
        drawn.map(([input, expectedDurationMs, overlap], index) =>
          jobOf(`job${index}`, input, {
            resource: 'site',
            overlap: overlap as Job['overlap'],
            ...(expectedDurationMs === undefined ? {} : { expectedDurationMs }),
          }),
        ),
      ),
    });
  });
