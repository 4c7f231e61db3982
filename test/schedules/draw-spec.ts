import type { temporal } from '@temporalio/proto';
import type {
  CalendarInput,
  IntervalInput,
  RangeInput,
  ScheduleSpecInput,
} from '../../src/schedules/spec/spec';
import { findZone } from '../../src/schedules/spec/zone';
import { toProto } from './spec-proto';

type Below = (below: number) => number;

export const ZONES = [
  'UTC',
  'Europe/Berlin',
  'Europe/London',
  'Europe/Dublin',
  'America/New_York',
  'America/St_Johns',
  'America/Santiago',
  'America/Asuncion',
  'America/Havana',
  'America/Nuuk',
  'America/Sao_Paulo',
  'Asia/Beirut',
  'Asia/Gaza',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Asia/Tehran',
  'Asia/Pyongyang',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Africa/Juba',
  'Australia/Lord_Howe',
  'Australia/Adelaide',
  'Australia/Eucla',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Pacific/Easter',
  'Pacific/Norfolk',
  'Pacific/Kiritimati',
  'Antarctica/Troll',
  'Antarctica/Casey',
  'US/Pacific',
  'EST5EDT',
  'Etc/GMT+5',
] as const;

export interface Drawn {
  readonly input: ScheduleSpecInput;
  readonly proto: temporal.api.schedule.v1.IScheduleSpec;
  readonly from: number;
  readonly to: number;
}

const DAY_MS = 86_400_000;
const MONTHS = ['jan', 'FEB', 'March', 'apri', 'may', 'june', 'jul', 'Aug', 'sept', 'oct', 'nov', 'DECEMBER'];
const DAYS = ['su', 'MON', 'tues', 'wednesday', 'th', 'Fri', 'sat'];

export function pick<T>(below: Below, list: readonly T[]): T {
  return list[below(list.length)] as T;
}

const chance = (below: Below, percent: number): boolean => below(100) < percent;
const list = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

function cronPart(below: Below, min: number, max: number, names?: readonly string[]): string {
  const value = (from = min): string => {
    const drawn = from + below(max - from + 1);
    const name = names?.[drawn - (names.length === 12 ? 1 : 0)];
    return name !== undefined && chance(below, 30) ? name : `${chance(below, 5) ? '0' : ''}${drawn}`;
  };
  const step = (): string => `/${1 + below(chance(below, 80) ? 12 : 70)}`;
  switch (below(6)) {
    case 0:
      return `*${step()}`;
    case 1:
      return `${value()}${step()}`;
    case 2: {
      const from = min + below(max - min + 1);
      return `${from}-${value(from)}${chance(below, 40) ? step() : ''}`;
    }
    default:
      return value();
  }
}

function cronField(below: Below, any: number, min: number, max: number, names?: readonly string[]): string {
  if (chance(below, any)) return '*';
  return list(1 + below(3) * below(2), () => cronPart(below, min, max, names)).join(',');
}

export function drawCron(below: Below, seconds = true): string {
  if (chance(below, 6))
    return pick(below, ['@hourly', '@daily', '@midnight', '@weekly', '@monthly', '@yearly']);
  if (chance(below, 8))
    return `@every ${pick(below, ['27m', '27m/1m', '1h30m', '90s/1s', '2d', '1.5h/5m', '36h/35h'])}`;
  const five = [
    cronField(below, 15, 0, 59),
    cronField(below, 35, 0, 23),
    cronField(below, 65, 1, 31),
    cronField(below, 75, 1, 12, MONTHS),
    cronField(below, 65, 0, 7, DAYS),
  ];
  const kind = below(10);
  const year = cronField(below, 60, 2000, 2100);
  if (kind === 0) five.push(year);
  if (kind === 1 && seconds) return [cronField(below, 10, 0, 59), ...five, year].join(' ');
  return `${five.join(chance(below, 5) ? '  ' : ' ')}${chance(below, 10) ? ' # why' : ''}`;
}

function range(below: Below, min: number, max: number): RangeInput {
  const start = min + below(max - min + 1);
  if (chance(below, 40)) return start;
  const end = start + below(max - start + 1);
  return chance(below, 50) ? { start, end } : { start, end, step: 1 + below(12) };
}

function drawCalendar(below: Below, anyTime: number, seconds = true): CalendarInput {
  const field = (any: number, min: number, max: number): RangeInput | RangeInput[] | undefined => {
    if (chance(below, any)) return chance(below, 80) ? '*' : undefined;
    return list(1 + below(2), () => range(below, min, max));
  };
  const drawn = {
    second: !seconds || chance(below, 70) ? undefined : field(anyTime, 0, 59),
    minute: field(anyTime, 0, 59),
    hour: field(Math.max(anyTime, 40), 0, 23),
    dayOfMonth: field(65, 1, 31),
    month: field(75, 1, 12),
    year: field(92, 2000, 2100),
    dayOfWeek: field(65, 0, 6),
  };
  return Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined));
}

function drawInterval(below: Below, short: boolean): IntervalInput {
  const seconds = pick(below, [1, 7, 60, 900, 1620, 1800, 3600, 5400, 86_400, 604_800, 1 + below(200_000)]);
  const fraction = chance(below, 10) ? below(1000) : 0;
  const every = (short ? seconds : Math.max(seconds, 60)) * 1000 + fraction;
  return chance(below, 50) ? { every, offset: below(every) } : { every };
}

/** An instant worth looking at: near a change of the zone's clock, or any. */
function drawInstant(below: Below, zone: string): number {
  if (chance(below, 55)) {
    const year = 2005 + below(33);
    const begin = Date.UTC(year, 0, 1) / 1000;
    const changes = findZone(zone)?.changes(begin, begin + 366 * 86_400) ?? [];
    if (changes.length > 0)
      return pick(below, changes) * 1000 - below(30 * 3600_000) + (chance(below, 50) ? 0 : 7_200_000);
  }
  return Date.UTC(
    2000 + below(38),
    below(12),
    1 + below(28),
    below(24),
    below(60),
    below(60),
    below(2) * below(1000),
  );
}

/** A valid spec most of the time, and a stretch of time to list. */
export function drawSpec(below: Below): Drawn {
  // A dense spec less most of it keeps the server busy for seconds; so do only few.
  const skip = chance(below, 25) ? list(1 + below(2), () => drawCalendar(below, 75)) : undefined;
  const dense = skip === undefined;
  const timezone = chance(below, 90) ? pick(below, ZONES) : undefined;
  const what = below(10);
  const calendars =
    what < 3 || what === 9 ? list(1 + below(2), () => drawCalendar(below, 30, dense)) : undefined;
  const cronExpressions =
    what >= 3 && what < 8 ? list(1 + below(2), () => drawCron(below, dense)) : undefined;
  const intervals =
    what >= 8 || chance(below, 10) ? list(1 + below(2), () => drawInterval(below, dense)) : undefined;
  const from = drawInstant(below, timezone ?? 'UTC');
  const width = pick(below, dense ? [0.5, 3, 3, 40, 400, 2000] : [0.5, 3, 20]) * DAY_MS;
  const near = (): Date => new Date(from + below(width));
  const startAt = chance(below, 15) ? near() : undefined;
  const endAt =
    !dense || chance(below, 15) ? new Date((startAt?.getTime() ?? from) + below(width)) : undefined;
  const jitter = chance(below, 35)
    ? pick(below, [1, 500, 30_000, 3_600_000, 86_400_000, below(10_000_000)])
    : undefined;
  const input = Object.fromEntries(
    Object.entries({ timezone, calendars, cronExpressions, intervals, skip, startAt, endAt, jitter }).filter(
      ([, value]) => value !== undefined,
    ),
  ) as ScheduleSpecInput;
  return { input, proto: toProto(input), from, to: from + width };
}

const ODD = [
  '*',
  '/',
  '-',
  ',',
  '#',
  '@',
  '?',
  'L',
  'W',
  ' ',
  '0',
  '1',
  '7',
  '9',
  '24',
  '60',
  'mo',
  'FRI',
  'jan',
  '+',
  '.',
  ';',
  '\t',
];
const WHOLE = [
  '',
  '*',
  '@every',
  '@every 0s',
  '@every 5m/',
  '@every  5m',
  '@everything 5m',
  '@every 5m/5m',
  '@every 1.5h',
  '@every -5m',
  '@every 999ms',
  '@every 2d/1h # why',
  '@reboot',
  '@Hourly',
  'TZ=UTC',
  'TZ=UTC 0 * * * *',
  'CRON_TZ=Europe/Berlin 0 * * * *',
  'CRON_TZ=Europe/berlin 0 * * * *',
  'CRON_TZ=Asia/Kolkata @hourly',
  'CRON_TZ=Nowhere @every 5m',
  'cron_tz=UTC 0 * * * *',
  `0 * * * * #${'x'.repeat(200)}`,
  `0 * * * * #${'x'.repeat(201)}`,
  `0 * * * * # ${'ä'.repeat(101)}`,
  '0 0 31 2 *',
];

/** One or two cron strings, as people get them wrong. */
export function drawBrokenCrons(below: Below): string[] {
  return list(chance(below, 80) ? 1 : 2, () => {
    if (chance(below, 25)) return pick(below, WHOLE);
    let text = drawCron(below);
    for (let edits = below(4); edits > 0; edits--) {
      const at = below(text.length + 1);
      text = text.slice(0, at) + pick(below, ODD) + text.slice(at + below(2));
    }
    return text;
  });
}
