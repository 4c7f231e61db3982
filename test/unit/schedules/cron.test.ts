import { canonical, nextTimes, parseSpec, requireSpec, SpecError } from '../../../src/schedules/spec';
import { assert } from '../../helpers/assert';

const text = (cron: string, timezone?: string): string =>
  canonical(requireSpec({ cronExpressions: [cron], ...(timezone === undefined ? {} : { timezone }) }));

function problems(...cronExpressions: string[]): string[] {
  return parseSpec({ cronExpressions }).problems.map(
    ({ field, column, problem }) => `${field}${column === undefined ? '' : `:${column}`} ${problem}`,
  );
}

describe('[edge] cron strings as Temporal reads them', () => {
  const quirks: readonly (readonly [string, string, string])[] = [
    ['a sixth field is a year, not a second', '0 12 * * * 2030', 'zone UTC; at 2030 * * * 12 0 0'],
    [
      'seven fields begin with the second and end with the year',
      '5 0 12 * * * 2030',
      'zone UTC; at 2030 * * * 12 0 5',
    ],
    ['x/n means from x to the end', '40/10 12 * * *', 'zone UTC; at * * * * 12 40,50 0'],
    ['*/27 is :00 :27 :54', '*/27 12 * * *', 'zone UTC; at * * * * 12 0,27,54 0'],
    ['day of month and day of week must both match', '0 0 13 * 5', 'zone UTC; at * * 13 5 0 0 0'],
    ['months by a prefix of three letters', '0 0 1 Sept *', 'zone UTC; at * 9 1 * 0 0 0'],
    ['days by a prefix of two letters', '0 0 * * tu-THU', 'zone UTC; at * * * 2-4 0 0 0'],
    ['Sunday may be 7', '0 0 * * 7', 'zone UTC; at * * * 0 0 0 0'],
    ['5-7 is Friday to Sunday', '0 0 * * 5-7', 'zone UTC; at * * * 0,5-6 0 0 0'],
    ['1-7 loses the Sunday', '0 0 * * 1-7', 'zone UTC; at * * * 1-6 0 0 0'],
    ['1-7/2 keeps the Sunday', '0 0 * * 1-7/2', 'zone UTC; at * * * 0-1,3,5 0 0 0'],
    ['# begins a comment, also Quartz\' "third Friday"', '0 0 * * 5#3', 'zone UTC; at * * * 5 0 0 0'],
    ['@hourly', '@hourly', 'zone UTC; at * * * * * 0 0'],
    ['@every aligns to 1970', '@every 27m/1m', 'zone UTC; every 1620s+60s'],
    ['@every takes days', '@every 2d', 'zone UTC; every 172800s+0s'],
    ['whatever begins with @every is one', '@everything 7m', 'zone UTC; every 420s+0s'],
    ['@every drops its time zone', 'CRON_TZ=Europe/Berlin @every 7m', 'zone UTC; every 420s+0s'],
    ['CRON_TZ= names the zone', 'CRON_TZ=Europe/Berlin 0 3 * * *', 'zone Europe/Berlin; at * * * * 3 0 0'],
    ['TZ= too', 'TZ=Asia/Tokyo 0 3 * * *', 'zone Asia/Tokyo; at * * * * 3 0 0'],
    ['numbers may have a sign and zeros in front', '+5 007 * * *', 'zone UTC; at * * * * 7 5 0'],
  ];
  for (const [quirk, cron, wanted] of quirks) it(quirk, () => assert.equal(text(cron), wanted));

  const refusals: readonly (readonly [string, string, RegExp])[] = [
    ["Quartz's last day", '0 0 L * *', /^cronExpressions\[0\]:5 dayOfMonth: 'L' is Quartz's "last"/],
    ["Quartz's nearest weekday", '0 0 15W * *', /:5 .*nearest weekday/],
    ["Quartz's ?", '0 0 ? * 1', /:5 .*no matter which/],
    ['a range that wraps round', '0 22-3 * * *', /:3 .*wraps round/],
    ["Jenkins' H", 'H * * * *', /:1 .*Jenkins/],
    ['@reboot', '@reboot', /Temporal has no @reboot/],
    ['an hour 24', '0 24 * * *', /:3 .*hour 24/],
    ['a zone and nothing else', 'TZ=UTC', /nothing behind it/],
    ['four fields', '* * * *', /:1 4 fields/],
    ['a comment of more than 200 bytes', `* * * * * #${'ä'.repeat(101)}`, /:12 .*200 bytes/],
    ['@every below a second', '@every 999ms', /below one second/],
    ['an offset not below the interval', '@every 5m/5m', /:8 the offset is not below/],
    ['two spaces behind @every', '@every  5m', /is not a duration/],
    [
      'an unknown zone, with the one that was meant',
      'CRON_TZ=europe/berlin * * * * *',
      /no time zone 'europe\/berlin'/,
    ],
    ['a day that no month has', '0 0 31 2 *', /no time up to the year 2100/],
  ];
  for (const [what, cron, wanted] of refusals)
    it(`refused: ${what}`, () => assert.match(problems(cron)[0] ?? '', wanted));

  it('refused: cron strings that name different zones, where none counts as one', () => {
    assert.match(
      problems('CRON_TZ=UTC 0 * * * *', '5 * * * *')[0] ?? '',
      /contradictory time zones: UTC, none/,
    );
    assert.match(problems('CRON_TZ=Asia/Tokyo 0 * * * *', '@every 5m')[0] ?? '', /contradictory/);
  });

  it('refused: a zone that contradicts the one of the spec', () => {
    const { problems } = parseSpec({ cronExpressions: ['TZ=Asia/Tokyo 0 * * * *'], timezone: 'UTC' });
    assert.deepEqual(
      problems.map(({ field }) => field),
      ['timezone'],
    );
  });

  it('all problems at once, each with its column', () => {
    assert.deepEqual(
      problems('61 25 0 13 8', '0 0 L * ?').map((problem) => problem.split(' ')[0]),
      [1, 4, 7, 9, 12]
        .map((column) => `cronExpressions[0]:${column}`)
        .concat(['cronExpressions[1]:5', 'cronExpressions[1]:9']),
    );
    assert.throws(
      () => requireSpec({ cronExpressions: ['x'], intervals: [{ every: 'y' }], timezone: 'z' }),
      (error) => error instanceof SpecError && error.code === 'INVALID_SPEC' && error.problems.length === 3,
    );
  });

  it('the union of calendars, intervals and cron strings, less the excluded', () => {
    const spec = requireSpec({
      calendars: [{ hour: 12 }],
      intervals: [{ every: '12h', offset: '1h' }],
      cronExpressions: ['0 12,15 * * *'],
      skip: [{ hour: 15 }],
    });
    const found = nextTimes(spec, { after: Date.UTC(2026, 0, 1), until: Date.UTC(2026, 0, 2) });
    assert.deepEqual(
      found.map((time) => time.toISOString().slice(11, 16)),
      ['01:00', '12:00', '13:00'],
    );
  });
});
