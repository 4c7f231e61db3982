import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CASES } from '../../bench/cases';
import type { Line } from '../../bench/line';
import { peersInstalled } from '../../bench/peers/peer';
import { readResults } from '../../bench/results';
import { assert } from '../helpers/assert';

const BENCH = join(__dirname, '../../bench/index.js');
const run = promisify(execFile);

async function measured(...args: string[]): Promise<Line[]> {
  const { stdout } = await run(process.execPath, [BENCH, ...args]);
  return stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as Line);
}

/** Speed is measured, not tested: what is tested is that the benchmark measures and says so. */
describe('[performance] the benchmark', function () {
  // Starting six peers takes a while on a machine that does other things too.
  this.timeout(300_000);

  const peers = CASES.filter(({ name }) => name.startsWith('peers-')).map(({ name }) => name);
  // One of each kind: the others are made of the same parts, and take minutes.
  for (const name of [
    'key',
    'replay-p50',
    'first-rate',
    'half-load-replay',
    'cpu-replay',
    // Takes statements of the store by their text, and puts parts into them.
    'growth-partitions',
    // Where `npm ci --prefix bench` has brought them.
    ...(peersInstalled() ? peers : []),
  ]) {
    it(`${name}: prints lines that say value, floor, ratio and whether the target holds`, async () => {
      const lines = await measured('--smoke', '--case', name);
      assert.ok(lines.length > 0);
      for (const line of lines) {
        const part = line.name.startsWith('cpu-') && line.name.includes('/');
        assert.ok(part ? line.value >= 0 : line.value > 0, `${line.name}: a value was measured`);
        assert.ok(line.floor > 0, `${line.name}: a floor was measured`);
        assert.ok((part ? line.ratio >= 0 : line.ratio > 0) && line.unit !== '');
        assert.equal(typeof line.holds, line.target === null ? 'object' : 'boolean');
      }
    });
  }

  it('several cases of one run are measured in their order, none by what another had done', async () => {
    const lines = await measured('--smoke', '--case', 'half-load-first', '--case', 'half-load-replay');
    const ours = lines.map(({ name }) => name).filter((name) => /^half-load-(first|replay)-p99$/.test(name));
    assert.deepEqual(ours, ['half-load-replay-p99', 'half-load-first-p99']);
  });

  it('writes its lines into a file, with the machine and what is missing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'once-bench-'));
    try {
      const file = join(folder, 'results.json');
      const lines = await measured('--smoke', '--case', 'key', '--json', file);
      const results = readResults([file]);
      assert.deepEqual(results.lines, lines);
      assert.deepEqual(results.missing, []);
      assert.equal(results.machine.node, process.versions.node);
      assert.match(results.machine.postgres, /^\d+/);
      assert.match(results.machine.redis, /^\d+/);
      assert.match(results.machine.temporal, /^\d+/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('parts of the processor time are its whole', async () => {
    const [whole, ...parts] = await measured('--smoke', '--case', 'cpu-replay');
    assert.equal(whole?.name, 'cpu-replay');
    const sum = parts.reduce((shares, { ratio }) => shares + ratio, 0);
    assert.ok(Math.abs(sum - 1) < 0.01, `${sum}`);
  });

  it('refuses a case that does not exist, with exit code 2', async () => {
    const failed = (await run(process.execPath, [BENCH, '--case', 'nonsense']).catch(
      (error: unknown) => error,
    )) as {
      code: number;
      stderr: string;
    };
    assert.equal(failed.code, 2);
    assert.match(failed.stderr, /nonsense/);
  });
});
