import { execFile, type ExecFileException } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Coordination } from '../../src/schedules/coordinate/coordinate';
import { assert } from '../helpers/assert';

const MAIN = join(__dirname, '..', '..', 'src', 'cli', 'plan', 'main.js');
const FACILITY = join(__dirname, '..', '..', '..', 'examples', 'facility', 'plan.yaml');
const DOCS = join(__dirname, '..', '..', '..', 'docs', 'schedules.md');
const FROM = ['--from', '2026-01-01T00:00:00Z'];

const IMPOSSIBLE = `version: 1
plan: small
defaults: { movable: true, resource: one, workflow: { taskQueue: q, executionTimeout: 10m } }
jobs:
  a: { why: a, every: 27m, workflow: { type: a } }
  b: { why: b, every: 29m, workflow: { type: b } }
  c: { why: c, every: 30m, resource: two, workflow: { type: c } }
  d: { why: d, every: 30m, resource: two, workflow: { type: d } }
`;

describe('[integration] temporal-schedule-plan coordinate', function () {
  this.timeout(60_000);
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'once-coordinate-'));
    path = join(folder, 'plan.yaml');
    copyFileSync(FACILITY, path);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const coordinate = (...args: string[]): Promise<{ code: number; out: string; err: string }> =>
    new Promise((resolve) => {
      execFile(
        process.execPath,
        [MAIN, 'coordinate', ...args, ...FROM],
        { timeout: 50_000 },
        (error, out, err) => {
          const { code } = (error ?? { code: 0 }) as ExecFileException;
          resolve({ code: typeof code === 'number' ? code : -1, out, err });
        },
      );
    });

  it('mends the staggered plan as the documentation shows it, with a picture of before and after', async () => {
    const svg = join(folder, 'plan.svg');
    const { code, out, err } = await coordinate(path, '--svg', svg);
    assert.equal(code, 0, err);
    assert.match(out, /\nbefore\n {4}:00[^]*\n00 {2}!····1[^]*\nafter\n[^]*\n00 {2}11···1/);
    assert.match(readFileSync(svg, 'utf8'), /^<svg [^]*>before<[^]*>after<[^]*<\/svg>\n$/);
    assert.equal(readFileSync(path, 'utf8'), readFileSync(FACILITY, 'utf8'), 'nothing is written unasked');
    const shown = /```text\n(1 move\n[^]*?)```/.exec(readFileSync(DOCS, 'utf8'))?.[1] ?? '';
    const parts = shown.split('\n…\n');
    assert.ok(parts.length > 1);
    for (const part of parts) assert.ok(out.includes(part.trimEnd()), `the command says:\n${part}`);
  });

  it('--write adds one line to the file, which then holds and needs no move', async () => {
    const { code, out, err } = await coordinate(path, '--write');
    assert.equal(code, 0, err);
    assert.match(out, /^1 move, written\n/);
    const [before, after] = [FACILITY, path].map((one) => readFileSync(one, 'utf8')) as [string, string];
    assert.equal(after, before.replace('    every: 27m\n', '    every: 27m\n    offset: 1m\n'));
    const again = await coordinate(path, '--write');
    assert.match(again.out, /^0 moves\n/);
    assert.equal(readFileSync(path, 'utf8'), after);
  });

  it('exit code 1, the periods and their gcd where a demand is impossible; nothing is written', async () => {
    writeFileSync(path, IMPOSSIBLE);
    const { code, out, err } = await coordinate(path, '--write');
    assert.equal(code, 1);
    assert.match(
      out,
      /impossible, overlap: runs of a and b on one can't be kept apart: gcd\(27m, 29m\) = 1m/,
    );
    assert.match(err, /nothing was written/);
    assert.equal(readFileSync(path, 'utf8'), IMPOSSIBLE);
  });

  it('-o json has it all; exit code 2 for a bad plan, bad flags and standard input with --write', async () => {
    const { out } = await coordinate(path, '--json');
    const { moves, fewest, optimal, queues } = JSON.parse(out) as Coordination;
    assert.equal(moves[0]?.job, 'email-reports');
    assert.ok(optimal && fewest.proved && queues.length === 4);
    assert.equal((await coordinate('-', '--write')).code, 2);
    assert.equal((await coordinate(path, '--horizon', 'soon')).code, 2);
    writeFileSync(path, IMPOSSIBLE.replace('27m', 'soon'));
    const bad = await coordinate(path, '--write');
    assert.equal(bad.code, 2);
    assert.match(bad.err, /plan\.yaml:5:/);
  });
});
