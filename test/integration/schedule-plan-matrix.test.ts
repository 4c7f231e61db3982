import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cell } from '../../src/schedules/matrix/hours';
import { assert } from '../helpers/assert';
import { Commands, type Ran } from '../helpers/command';

const FACILITY = join(__dirname, '..', '..', '..', 'examples', 'facility', 'plan.yaml');
const FROM = ['--from', '2026-01-01T00:00:00Z'];
/** What the jobs of that plan fire at, as flags of `times`. */
const TIMES: Readonly<Record<string, readonly string[]>> = {
  autoclose: ['--cron', '0,30 * * * *'],
  'ticket-escalation': ['--cron', '15,45 * * * *'],
  reports: ['--cron', '5,20,35,50 * * * *'],
  'reminder-emails': ['--cron', '10 */8 * * *'],
  'job-creation': ['--cron', '27 */8 * * *'],
  'email-reports': ['--every', '27m'],
};
type At = Cell & { readonly hour: number; readonly minute: number };

describe('[integration] temporal-schedule-plan matrix', () => {
  const commands = new Commands();
  after(() => commands.close());
  const command = (...args: string[]): Promise<Ran> => commands.direct('temporal-schedule-plan', args);
  const cellsOf = async (...args: string[]): Promise<At[]> =>
    JSON.parse((await command('matrix', ...args, '-o', 'json')).out) as At[];

  it('the starts by hour and minute in 80 columns, who collides, and a picture with a lane for each queue', async () => {
    const svg = join(commands.folder, 'plan.svg');
    const { code, out, err } = await command('matrix', FACILITY, ...FROM, '--svg', svg);
    assert.equal(code, 0, err);
    assert.match(out, /^Plan facility, 1d from 2026-01-01T00:00:00Z: /);
    assert.match(out, /\n00 {2}!····1····1····1/);
    assert.match(out, /\n {2}02:15 {2}ticket-escalation and email-reports\n/);
    assert.ok(Math.max(...out.split('\n').map(({ length }) => length)) <= 90);
    for (const row of out.split('\n').slice(2, 27)) assert.ok(row.length <= 80, row);
    const picture = readFileSync(svg, 'utf8');
    assert.match(picture, /^<svg [^]*<\/svg>\n$/);
    for (const queue of ['critical', 'reports', 'email', 'maintenance'])
      assert.ok(picture.includes(`>${queue}</text>`));
  });

  it('each job stands in the minutes that `times` says, and nowhere else', async () => {
    const cells = await cellsOf(FACILITY, ...FROM);
    const two = (value: number): string => String(value).padStart(2, '0');
    for (const [job, flags] of Object.entries(TIMES)) {
      const { out } = await command('times', ...flags, '--after', '2025-12-31T23:59:59Z', '--count', '97');
      const wanted = out
        .split('\n')
        .filter((time) => time.startsWith('2026-01-01'))
        .map((time) => time.slice(11, 16));
      const found = cells.filter(({ jobs }) => jobs.includes(job));
      assert.deepEqual(
        found.map(({ hour, minute }) => `${two(hour)}:${two(minute)}`),
        wanted,
        job,
      );
    }
    const starts = cells.reduce((sum, cell) => sum + cell.starts, 0);
    assert.equal(starts, 48 + 48 + 96 + 3 + 3 + 54);
  });

  it('marks exactly the minutes that `validate` refuses', async () => {
    const marked = (await cellsOf(FACILITY, ...FROM)).filter(({ collides }) => collides);
    const { out } = await command('validate', FACILITY, ...FROM, '--horizon', '1d', '--json');
    const { findings } = JSON.parse(out) as { findings: { severity: string; count: number }[] };
    const errors = findings.filter(({ severity }) => severity === 'error');
    assert.equal(
      marked.length,
      errors.reduce((sum, { count }) => sum + count, 0),
    );
  });

  it('a horizon with more runs than can be shown, and a picture that has no place, are refused', async () => {
    const many = await command('matrix', FACILITY, ...FROM, '--horizon', '10y');
    assert.deepEqual([many.code, many.out], [2, '']);
    assert.match(many.err, /^error: --horizon: has 9\d{5} starts/);
    const nowhere = await command('matrix', FACILITY, '--svg', join(commands.folder, 'none', 'plan.svg'));
    assert.deepEqual([nowhere.code, nowhere.out], [2, '']);
    assert.match(nowhere.err, /--svg: the file could not be written/);
  });
});
