import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from '../helpers/assert';

const ROOT = join(__dirname, '..', '..', '..');

/** Three lanes write much beside and after each other: whoever reads the end of a log must find there what failed. */
describe('[package] the end of npm test', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'once-npm-test-'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** What `npm test` does when its services are up, on other tests than ours. */
  async function ended(spec: string): Promise<{ code: number; out: string }> {
    const reporter = join(ROOT, 'test/helpers/reporter.cjs');
    const options = { spec: ['its.test.js'], reporter, exit: true };
    writeFileSync(join(folder, '.mocharc.cjs'), `module.exports = ${JSON.stringify(options)};`);
    writeFileSync(join(folder, 'its.test.js'), spec);
    const env = { ...process.env, ONCE_TEST_LANE: '', NO_COLOR: '1', CI: 'true' };
    return new Promise((resolve) => {
      const args = [join(ROOT, 'scripts/tests/main.mjs'), '--grep', 'x'];
      execFile(process.execPath, args, { cwd: folder, env }, (failed, out) => {
        resolve({ code: failed ? Number(failed.code) : 0, out });
      });
    });
  }

  it('says each failure once more, with its reason, before the line that counts', async () => {
    const { code, out } = await ended(`
      describe('x', () => {
        it('holds', () => {});
        it('breaks', () => { throw new Error('seven is not eight'); });
        it('breaks too', async () => { throw new Error('nine is not ten'); });
      });
    `);
    assert.equal(code, 1);
    const end = out.slice(out.lastIndexOf('✗ x breaks\n'));
    assert.match(end, /^✗ x breaks\n {4}Error: seven is not eight\n {8}at .*its\.test\.js:4/);
    assert.match(end, /\n✗ x breaks too\n {4}Error: nine is not ten\n[^✗]*\n\n1 passed, 2 failed\n$/);
  });

  it('says so of a file that cannot be loaded', async () => {
    const { code, out } = await ended(`throw new Error('no such thing');`);
    assert.equal(code, 1);
    assert.match(
      out,
      /\n✗ mocha, lane all\n {4}It ended \(\d+\) before it had run the tests\.\n\n0 passed, 1 failed\n$/,
    );
  });

  it('says nothing more where all hold', async () => {
    const { code, out } = await ended(`describe('x', () => it('holds', () => {}));`);
    assert.equal(code, 0);
    assert.match(out, /\n\n1 passed, 0 failed\n$/);
    assert.doesNotMatch(out, /✗/);
  });
});
