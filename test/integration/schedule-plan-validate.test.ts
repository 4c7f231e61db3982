import { join } from 'node:path';
import type { Verdict } from '../../src/schedules/finding';
import { assert } from '../helpers/assert';
import { Commands, type Ran } from '../helpers/command';

const FACILITY = join(__dirname, '..', '..', '..', 'examples', 'facility', 'plan.yaml');
const FROM = ['--from', '2026-01-01T00:00:00Z'];

const HOLDS = `version: 1
plan: small
jobs:
  one:
    why: Every hour.
    every: 1h
    workflow: { type: one, taskQueue: q, executionTimeout: 30m }
`;

describe('[integration] temporal-schedule-plan validate', () => {
  const commands = new Commands();
  after(() => commands.close());
  const file = (text: string): string => commands.write('plan.yaml', text);
  const command = (...args: string[]): Promise<Ran> => commands.direct('temporal-schedule-plan', args);
  const validate = (...args: string[]): Promise<Ran> => command('validate', ...args);

  it('exit code 1 and the place, proof and change of what the staggered plan breaks', async () => {
    const { code, out } = await validate(FACILITY, ...FROM);
    assert.equal(code, 1);
    assert.match(out, /^2 errors\n {2}\S*plan\.yaml:\d+:\d+ avoid: autoclose, email-reports\n/);
    assert.match(out, /first 2026-01-01T00:00:00Z, 1947 times in 1y\n/);
    assert.match(out, /proof: .*gcd\(30m, 27m\) = 3m/);
    assert.match(out, /change: Give email-reports offset: 1m/);
    assert.match(out, /The plan does not hold: 2 errors, \d+ notes\.\n$/);
  });

  it('JSON has every field by its name', async () => {
    const { out } = await validate(FACILITY, ...FROM, '--json');
    const { holds, findings } = JSON.parse(out) as Verdict;
    assert.equal(holds, false);
    const { rule, severity, jobs, firstAt, count, period, line, column } = findings[0] ?? {};
    assert.deepEqual(
      { rule, severity, jobs, firstAt, count, period },
      {
        rule: 'avoid',
        severity: 'error',
        jobs: ['autoclose', 'email-reports'],
        firstAt: '2026-01-01T00:00:00Z',
        count: 1947,
        period: '1y',
      },
    );
    assert.ok((line ?? 0) > 1 && (column ?? 0) > 1);
  });

  it('exit code 0 when the plan holds', async () => {
    const { code, out, err } = await validate(file(HOLDS), ...FROM, '--horizon', '30d');
    assert.equal(code, 0, err);
    assert.match(out, /The plan holds: 1 note\.\n$/);
  });

  it('exit code 2 for a bad plan and bad flags, all problems at once', async () => {
    const bad = await validate(
      file(HOLDS.replace('every: 1h', 'every: soon').replace('why: Every hour.', 'timeZone: UTC')),
    );
    assert.equal(bad.code, 2);
    assert.match(bad.err, /plan\.yaml:5:/);
    assert.match(bad.err, /plan\.yaml:6:/);
    const flags = await validate(FACILITY, '--from', 'noon', '--horizon', '11y');
    assert.equal(flags.code, 2);
    assert.match(flags.err, /--from/);
    assert.match(flags.err, /--horizon/);
  });
});
