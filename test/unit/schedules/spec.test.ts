import {
  canonical,
  dstFindings,
  listedTimes,
  nextTimes,
  parseGoDuration,
  parseSpec,
  previewJitter,
  requireSpec,
  times,
  type ScheduleSpecInput,
} from '../../../src/schedules/spec';
import { nextOfInterval } from '../../../src/schedules/spec/interval';
import { assert } from '../../helpers/assert';

const texts = (input: ScheduleSpecInput, after: string, count: number): string[] =>
  nextTimes(requireSpec(input), { after: new Date(after), count }).map((time) =>
    time.toISOString().slice(0, 19),
  );
const findings = (input: ScheduleSpecInput, year: number) =>
  [...dstFindings(requireSpec(input), new Date(Date.UTC(year, 0)), new Date(Date.UTC(year + 1, 0)))].map(
    ({ kind, wall, runs }) => `${kind} ${wall} ${runs.map((run) => run.toISOString().slice(11, 16)).join()}`,
  );

describe('[edge] what a schedule spec fires at', () => {
  it('start and end are inclusive, to the second', () => {
    const input = {
      cronExpressions: ['* * * * *'],
      startAt: '2026-01-01T00:01:00Z',
      endAt: '2026-01-01T00:03:00Z',
    };
    assert.deepEqual(texts(input, '2020-01-01T00:00:00Z', 9), [
      '2026-01-01T00:01:00',
      '2026-01-01T00:02:00',
      '2026-01-01T00:03:00',
    ]);
  });

  it('a start within a second lets the second before it fire', () => {
    const input = { intervals: [{ every: 60_000 }], startAt: '2026-01-01T00:01:00.500Z' };
    assert.deepEqual(texts(input, '2020-01-01T00:00:00Z', 1), ['2026-01-01T00:01:00']);
  });

  it('the instant asked from is exclusive', () =>
    assert.deepEqual(texts({ intervals: [{ every: '30m' }] }, '2026-01-01T00:30:00Z', 1), [
      '2026-01-01T01:00:00',
    ]));

  it('intervals are aligned to 1970, by whole seconds, and know no zone', () => {
    const input = { intervals: [{ every: 1999, offset: 1500 }], timezone: 'Asia/Kathmandu' };
    assert.deepEqual(texts(input, '2026-01-01T00:00:00Z', 2), ['2026-01-01T00:00:01', '2026-01-01T00:00:02']);
    assert.deepEqual(texts({ intervals: [{ every: '27m', offset: '1m' }] }, '2026-01-01T00:00:00Z', 2), [
      '2026-01-01T00:01:00',
      '2026-01-01T00:28:00',
    ]);
  });

  it('before its first offset an interval misses a time', () =>
    assert.equal(nextOfInterval(100, 50, 10), 150));

  it('nothing after the year 2100', () =>
    assert.deepEqual(texts({ cronExpressions: ['59 23 31 12 *'] }, '2099-12-31T23:59:00Z', 5), [
      '2100-12-31T23:59:00',
    ]));

  it('a time in a gap is skipped', () => {
    const input = { cronExpressions: ['30 2 * * *'], timezone: 'Europe/Berlin' };
    assert.deepEqual(texts(input, '2026-03-28T12:00:00Z', 1), ['2026-03-30T00:30:00']);
    assert.ok(findings(input, 2026).includes('skipped 2026-03-29T02:30:00 '));
  });

  it('a repeated time of a calendar that has both hours fires twice', () => {
    const input = { cronExpressions: ['30 * * * *'], timezone: 'America/New_York' };
    assert.ok(findings(input, 2026).includes('twice 2026-11-01T01:30:00 05:30,06:30'));
  });

  it('east of Greenwich a daily repeated time fires once, by the second reading', () => {
    const input = { cronExpressions: ['30 2 * * *'], timezone: 'Europe/Berlin' };
    assert.ok(findings(input, 2026).includes('shifted 2026-10-25T02:30:00 01:30'));
  });

  it('the hour that Berlin repeats: every minute loses two hours', () => {
    const input = { cronExpressions: ['* * * * *'], timezone: 'Europe/Berlin' };
    assert.deepEqual(texts(input, '2026-10-24T23:59:00Z', 3), [
      '2026-10-25T00:00:00',
      '2026-10-25T01:01:00',
      '2026-10-25T02:02:00',
    ]);
  });

  it('where midnight does not exist the server is wrong, and the findings say so', () => {
    const found = findings({ cronExpressions: ['0 0 * * *'], timezone: 'Africa/Cairo' }, 2026);
    assert.equal(
      found.some((finding) => finding.startsWith('skipped 2026-04-24T00:00:00')),
      true,
      found.join('; '),
    );
  });

  it('half an hour back: Lord Howe gets a stray or a lost run', () => {
    const found = findings({ cronExpressions: ['*/15 * * * *'], timezone: 'Australia/Lord_Howe' }, 2026);
    assert.ok(
      found.some((finding) => /^(skipped|stray) 2026-04-05T/.test(finding)),
      found.join('; '),
    );
  });

  it('a clock set back just after midnight: the server leads back in time, the iterator does not', () => {
    const spec = requireSpec({ cronExpressions: ['*/15 * * * *'], timezone: 'America/Goose_Bay' });
    const from = Date.UTC(2006, 9, 29, 3, 51);
    const [first] = listedTimes(spec, { namespaceId: 'n', scheduleId: 's' }, from, from + 86_400_000);
    assert.ok(first !== undefined && first.atMs < from);
    let last = from;
    for (const time of times(spec, from)) {
      assert.ok(time > last);
      last = time;
      if (time > from + 86_400_000) break;
    }
  });

  it('a zone without changes has no findings, nor have intervals', () => {
    assert.deepEqual(findings({ cronExpressions: ['30 2 * * *'], timezone: 'Asia/Kathmandu' }, 2026), []);
    assert.deepEqual(findings({ intervals: [{ every: '30m' }], timezone: 'Europe/Berlin' }, 2026), []);
  });

  it('jitter is the same for a time and a schedule, other for another, and ends before the next time', () => {
    const spec = requireSpec({ intervals: [{ every: '1s' }], jitter: '1h' });
    const shift = (scheduleId: string, nominal: number): number =>
      previewJitter(spec, { namespaceId: 'n', scheduleId }, nominal).getTime() - nominal;
    const nominals = Array.from({ length: 50 }, (_, index) => Date.UTC(2026, 0, 1) + index * 1000);
    for (const nominal of nominals) assert.ok(shift('a', nominal) >= 0 && shift('a', nominal) < 1000);
    assert.deepEqual(
      nominals.map((n) => shift('a', n)),
      nominals.map((n) => shift('a', n)),
    );
    assert.notDeepEqual(
      nominals.map((n) => shift('a', n)),
      nominals.map((n) => shift('b', n)),
    );
  });
});

describe('[edge] schedule specs: one canonical text for the same times', () => {
  const groups: Readonly<Record<string, readonly ScheduleSpecInput[]>> = {
    'lists, steps, calendars, an interval': [
      { cronExpressions: ['0,30 * * * *'] },
      { cronExpressions: ['*/30 * * * * # twice an hour'] },
      { cronExpressions: ['30 * * * *', '@hourly'] },
      { calendars: [{ hour: '*', minute: [0, 30] }] },
      {
        calendars: [
          { hour: '*', minute: 0 },
          { hour: '*', minute: { start: 30 } },
        ],
        timezone: 'Etc/UTC',
      },
      { intervals: [{ every: '30m' }], timezone: 'Europe/Berlin' },
      { intervals: [{ every: '1h' }, { every: '1h', offset: '30m' }, { every: '2h' }] },
    ],
    'an exclusion, and the same without': [
      { cronExpressions: ['0 0-12 * * *'] },
      {
        cronExpressions: ['0 * * * *'],
        exclude: [{ hour: { start: 13, end: 23 }, minute: '*', second: '*' }],
      },
    ],
    'old and new names of a zone': [
      { cronExpressions: ['0 3 * * *'], timezone: 'US/Pacific' },
      { cronExpressions: ['CRON_TZ=America/Los_Angeles 0 3 * * *'] },
    ],
    'days that a month lacks': [
      { cronExpressions: ['0 0 31 * *'] },
      { cronExpressions: ['0 0 31 1,3,5,7,8,10,12 *'] },
    ],
  };
  for (const [what, inputs] of Object.entries(groups))
    it(what, () => assert.equal(new Set(inputs.map((input) => canonical(requireSpec(input)))).size, 1));

  it('another zone, jitter, start or time is another text', () => {
    const cronExpressions = ['0 3 * * *'];
    const inputs: ScheduleSpecInput[] = [
      { cronExpressions },
      { cronExpressions, timezone: 'Europe/Berlin' },
      { cronExpressions, jitter: '1s' },
      { cronExpressions, startAt: '2026-01-01T00:00:00Z' },
      { cronExpressions: ['1 3 * * *'] },
    ];
    assert.equal(new Set(inputs.map((input) => canonical(requireSpec(input)))).size, inputs.length);
  });
});

describe('[edge] schedule specs that are refused', () => {
  const refused: readonly (readonly [string, ScheduleSpecInput, string])[] = [
    ['nothing at all', {}, 'calendars'],
    [
      'excludes that leave nothing',
      { cronExpressions: ['* 3 * * *'], skip: [{ hour: 3, minute: '*' }] },
      'exclude',
    ],
    [
      'an interval less everything',
      { intervals: [{ every: '1s' }], skip: [{ hour: '*', minute: '*', second: '*' }] },
      'exclude',
    ],
    [
      'an end before the start',
      { intervals: [{ every: '1s' }], startAt: '2026-01-02', endAt: '2026-01-01' },
      'endAt',
    ],
    [
      'an end before the first time',
      { cronExpressions: ['0 0 1 1 *'], startAt: '2026-01-02', endAt: '2026-12-01' },
      'calendars',
    ],
    ['a field that does not exist', { calendars: [{ hours: 3 } as never] }, 'calendars[0].hours'],
    ['a day 0', { calendars: [{ dayOfMonth: 0 }] }, 'calendars[0].dayOfMonth'],
    ['a range that wraps round', { calendars: [{ hour: { start: 22, end: 3 } }] }, 'calendars[0].hour'],
    ['timeZone for timezone', { intervals: [{ every: '1s' }], timeZone: 'UTC' } as never, 'timeZone'],
    ["the server's own zone", { intervals: [{ every: '1s' }], timezone: 'Local' }, 'timezone'],
    [
      "a zone by Node's spelling only",
      { intervals: [{ every: '1s' }], timezone: 'europe/berlin' },
      'timezone',
    ],
  ];
  for (const [what, input, field] of refused)
    it(what, () =>
      assert.deepEqual(
        parseSpec(input).problems.map((problem) => problem.field),
        [field],
      ),
    );

  it('durations as Go reads them', () => {
    const wanted: Readonly<Record<string, number | undefined>> = {
      '90m': 5_400_000,
      '1h30m': 5_400_000,
      '1.5h': 5_400_000,
      '2d': 172_800_000,
      '1m0.5s': 60_500,
      '.5s': 500,
      '-5m': -300_000,
      '0': 0,
      '5': undefined,
      '': undefined,
      '5 m': undefined,
      '1h-5m': undefined,
      '300y': undefined,
      '2562048h': undefined,
    };
    for (const [text, ms] of Object.entries(wanted)) assert.equal(parseGoDuration(text), ms, text);
  });
});

describe('[performance] times of schedule specs', () => {
  it('a year of every minute in a zone well under a second', () => {
    const spec = requireSpec({ cronExpressions: ['* * * * *'], timezone: 'Europe/Berlin' });
    const before = process.cpuUsage();
    let count = 0;
    for (const time of times(spec, Date.UTC(2026, 0, 1) - 1)) {
      if (time >= Date.UTC(2027, 0, 1)) break;
      count++;
    }
    // Not 525,600: see `the hour that Berlin repeats`.
    assert.equal(count, 525_480);
    // Of this process alone: others may have the machine meanwhile.
    const { user, system } = process.cpuUsage(before);
    assert.ok(user + system < 1_000_000, `${user + system} µs`);
  });
});
