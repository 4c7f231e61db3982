import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { assert } from '../helpers/assert';
import { need } from '../helpers/services';

const run = promisify(execFile);

/** All of them take minutes: `npm run mutate`. */
describe('[contract] the lines that keep the guarantees', function () {
  this.timeout(300_000);

  const mutate = async (...args: string[]): Promise<string> => {
    const { stdout } = await run(process.execPath, ['scripts/mutate/main.mjs', ...args]).catch(
      (failed: unknown) => failed as { stdout: string },
    );
    return stdout;
  };

  it('are all where they are said to be, and in docs/guarantees.md', async () => {
    assert.equal(await mutate('--check'), '', 'say it in scripts/mutate/mutations.mjs and in the docs');
  });

  it('a sample of three: tests fail without each of them', async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
    assert.match(await mutate('--sample', '--jobs', '1'), /\n3 noticed, 0 survived/);
  });
});
