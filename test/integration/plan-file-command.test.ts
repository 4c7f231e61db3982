import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PlanError, readPlanFile, type PlanProblem } from '../../src/schedules/plan';
import { MAX_PLAN_BYTES } from '../../src/schedules/plan/yaml-limits';
import { assert } from '../helpers/assert';
import { Commands, type Ran } from '../helpers/command';
import { HEAD, planOf } from '../unit/schedules/plan/corpus';

describe('[integration] a plan file, as a command reads it', () => {
  const commands = new Commands();
  after(() => commands.close());
  let good: string;
  let bad: string;
  before(() => {
    good = commands.write('plan.yaml', planOf(''));
    bad = commands.write('bad.yaml', planOf('timeZone: UTC\nexpiresAfter: 300'));
  });
  const read = (path: string, output: string, stdin = ''): Promise<Ran> =>
    commands.direct('temporal-schedule-plan', ['export', path, '-o', output], {}, stdin);

  it('from a file and from standard input', async () => {
    const { code, out, err } = await read(good, 'text');
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^temporal schedule create /);
    assert.deepEqual(await read('-', 'text', planOf('')), { code, out, err });
  });

  it('all problems as lines, exit code 2', async () => {
    const lines = [
      `${bad}:7:5: jobs.autoclose.timeZone: no such field. Write timezone.`,
      `${bad}:8:19: jobs.autoclose.expiresAfter: a number, where a duration is wanted. Write the unit: 300s, 300m or 300ms.`,
    ];
    for (const output of ['text', 'none'])
      assert.deepEqual(await read(bad, output), { code: 2, out: '', err: `${lines.join('\n')}\n` });
    const { code, err } = await read('-', 'text', planOf('timeZone: UTC'));
    assert.equal(code, 2);
    assert.match(err, /^<stdin>:7:5: /);
  });

  it('all problems as JSON', async () => {
    const whole = await read(bad, 'json');
    const problems = JSON.parse(whole.out) as PlanProblem[];
    assert.deepEqual([whole.code, whole.err, problems.length], [2, '', 2]);
    assert.deepEqual(problems[0], {
      file: bad,
      line: 7,
      column: 5,
      rule: 'unknown-field',
      path: 'jobs.autoclose.timeZone',
      problem: 'no such field',
      remedy: 'Write timezone.',
    });
    const lines = (await read(bad, 'jsonl')).out.trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line) as unknown),
      problems,
    );
  });

  it('no file, a folder, a file and a stream that never end', async () => {
    for (const [path, said] of [
      [join(commands.folder, 'none.yaml'), /none\.yaml: no such file/],
      [commands.folder, /a folder/],
      ['/dev/zero', new RegExp(`larger than ${MAX_PLAN_BYTES / 1024} KiB`)],
    ] as const) {
      const { code, err } = await read(path, 'text');
      assert.equal(code, 2);
      assert.match(err, said);
      await assert.rejects(readPlanFile(path), PlanError);
    }
    const { code, err } = await read('-', 'text', 'x'.repeat(10_000_000));
    assert.equal(code, 2);
    assert.match(err, /^<stdin>:1:1: larger than/);
  });

  const job = (fields: string): string => `{ why: x, ${fields}, workflow: { type: t, taskQueue: q } }`;
  const bomb = Array.from({ length: 30 }, (_, n) => `&b${n + 1} [*b${n}, *b${n}]`).join(', ');
  const WRONG: readonly (readonly [title: string, plan: string, said: readonly RegExp[]])[] = [
    [
      'an unknown field, with the nearest known one',
      planOf('catchupWindw: 5m'),
      [/:7:5: .*Did you mean catchupWindow\?/],
    ],
    [
      'cron of another dialect, with the feature that Temporal lacks',
      `${HEAD}jobs:\n${['0 0 L * *', '0 0 15W * *', '0 0 ? * MON', '0 22-2 * * *', '@reboot']
        .map((cron, n) => `  j${n}: ${job(`cron: '${cron}'`)}\n`)
        .join('')}`,
      [
        /:4:\d+: jobs\.j0\.cron: .*Quartz's "last", which Temporal lacks/,
        /:5:\d+: jobs\.j1\.cron: .*nearest weekday.*which Temporal lacks/,
        /:6:\d+: jobs\.j2\.cron: .*'\?'/,
        /:7:\d+: jobs\.j3\.cron: /,
        /:8:\d+: jobs\.j4\.cron: /,
      ],
    ],
    [
      'an impossible date',
      planOf('', "    cron: '0 0 31 4 *'\n"),
      [/:6:11: jobs\.autoclose\.cron: .*no such date/],
    ],
    [
      'an unknown zone',
      planOf('timezone: Europe/Berlon'),
      [/:7:15: .*no time zone 'Europe\/Berlon'\. Did you mean Europe\/Berlin\?/],
    ],
    [
      'overlapping excludes that leave nothing',
      planOf("exclude: [{ hour: '0-12', minute: '*' }, { hour: '11-23', minute: [0, 30] }]"),
      [/:7:14: jobs\.autoclose\.exclude: every time .*excluded/],
    ],
    [
      'two jobs with one name',
      `${planOf('')}  autoclose: ${job('every: 1h')}\n`,
      [/:8:3: jobs\.autoclose: named twice, first in line 4/],
    ],
    [
      'an alias bomb',
      planOf(`workflow: { type: a, taskQueue: b, args: [&b0 [x], ${bomb}] }`),
      [/:7:\d+: more than 200000 values/],
    ],
    ['10 MB', `${planOf('')}#${'x'.repeat(10_000_000)}`, [/:1:1: larger than 1024 KiB/]],
    [
      'all at once, in the order of the file',
      `version: 2\nplan: a b\njobs:\n  a: ${job("cron: '0 0 L * *', timezone: Mars/Base, jiter: 5")}\n  b: ${job('startAt: 2026-02-30T00:00:00Z, every: 1h')}\n  b: {}\n`,
      [
        /:1:10: /,
        /:2:7: /,
        /:4:\d+: jobs\.a\.cron/,
        /:4:\d+: jobs\.a\.timezone/,
        /:4:\d+: jobs\.a\.jiter/,
        /:5:\d+: jobs\.b\.startAt/,
        /:6:3: jobs\.b: named twice/,
      ],
    ],
  ];
  for (const [title, plan, patterns] of WRONG)
    it(`refused with file, line and column, exit code 2: ${title}`, async () => {
      const path = commands.write('wrong.yaml', plan);
      const { code, out, err } = await commands.direct('temporal-schedule-plan', ['validate', path]);
      assert.deepEqual([code, out], [2, '']);
      const lines = err.trimEnd().split('\n');
      assert.equal(lines.length, patterns.length, err);
      lines.forEach((line, index) => {
        assert.ok(line.startsWith(`${path}:`), line);
        assert.match(line, patterns[index] as RegExp);
      });
    });

  it('with a plan that is refused nothing is asked of a server, and nothing written', async () => {
    // Were one of these asked, it would be exit code 1.
    const away = ['--postgres', 'postgres://127.0.0.1:1/none', '--address', '127.0.0.1:1'];
    const svg = join(commands.folder, 'wrong.svg');
    for (const args of [
      ['diff', ...away],
      ['apply', ...away],
      ['prune', '--yes', ...away],
      ['drift', ...away],
      ['matrix', '--svg', svg],
      ['export'],
    ]) {
      const { code, out, err } = await commands.direct('temporal-schedule-plan', [...args, bad]);
      assert.deepEqual([args, code, out], [args, 2, '']);
      assert.equal(err.split('\n').length, 3, err);
    }
    assert.equal(existsSync(svg), false);
  });
});
