import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlanError, readPlanFile, type PlanProblem } from '../../src/schedules/plan';
import { MAX_PLAN_BYTES } from '../../src/schedules/plan/yaml-limits';
import { assert } from '../helpers/assert';
import { planOf } from '../unit/schedules/plan/corpus';

const READ_PLAN = join(__dirname, '..', '..', 'src', 'cli', 'plan', 'read-plan.js');
const SCRIPT = `
  const { readPlan, Reported } = require(${JSON.stringify(READ_PLAN)});
  readPlan(process.argv[1], process.argv[2]).then(
    (plan) => console.log(plan.name),
    (error) => { if (error instanceof Reported) process.exitCode = error.exitCode; else throw error; },
  );`;

/** In a process of its own, as a command does. */
async function read(
  path: string,
  output: string,
  stdin = '',
): Promise<{ code: unknown; out: string; err: string }> {
  const child = spawn(process.execPath, ['-e', SCRIPT, path, output]);
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  // The process may have seen enough before it has read all.
  child.stdin.on('error', () => undefined).end(stdin);
  const [code] = (await once(child, 'close')) as unknown[];
  return { code, out, err };
}

describe('[integration] a plan file, as a command reads it', () => {
  let folder: string;
  let good: string;
  let bad: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'once-plan-file-'));
    good = join(folder, 'plan.yaml');
    bad = join(folder, 'bad.yaml');
    writeFileSync(good, planOf(''));
    writeFileSync(bad, planOf('timeZone: UTC\nexpiresAfter: 300'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('from a file and from standard input', async () => {
    assert.deepEqual(await read(good, 'text'), { code: 0, out: 'facility\n', err: '' });
    assert.deepEqual(await read('-', 'text', planOf('')), { code: 0, out: 'facility\n', err: '' });
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
      [join(folder, 'none.yaml'), /none\.yaml: no such file/],
      [folder, /a folder/],
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
});
