import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Line } from '../../bench/line';
import { assert } from '../helpers/assert';

const BENCH = join(__dirname, '../../bench/index.js');
const run = promisify(execFile);

/** Speed is measured, not tested: what is tested is that the benchmark measures and says so. */
describe('[performance] the benchmark', function () {
  this.timeout(120_000);

  for (const name of [
    'key',
    'replay-p50',
    'replay-rate',
    'first-p50',
    'first-rate',
    'original-lock',
    'memory',
    'plan-validate',
  ]) {
    it(`${name}: prints lines that say value, floor, ratio and whether the target holds`, async () => {
      const { stdout } = await run(process.execPath, [BENCH, '--quick', '--case', name]);
      const lines = stdout
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text) as Line);
      assert.ok(lines.length > 0);
      for (const line of lines) {
        assert.ok(line.value > 0, `${line.name}: a value was measured`);
        assert.ok(line.floor > 0, `${line.name}: a floor was measured`);
        assert.ok(line.ratio > 0 && line.unit !== '');
        assert.equal(typeof line.holds, line.target === null ? 'object' : 'boolean');
      }
    });
  }

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
