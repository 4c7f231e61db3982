// Runs a part of the suite in a tree and says which tests failed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { commandOf } from '../tests/check.mjs';

/** A mutation may make a test wait for ever. */
const MAX_RUN_MS = 150_000;
const TEST_TIMEOUT_MS = 25_000;

/** `{ passed, failed: titles, hung, said }` */
export async function runTests(folder, { tests, grep }) {
  const report = join(folder, 'dist', 'mutation-report.json');
  rmSync(report, { force: true });
  const args = [commandOf('mocha'), '--no-config', '--exit', '--bail', '--timeout', String(TEST_TIMEOUT_MS)];
  args.push('--reporter', 'json', '--reporter-option', `output=${report}`, '--grep', grep);
  const specs = tests.map((name) => join('dist/test', `${name}.test.js`));
  const child = spawn(process.execPath, [...args, ...specs], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (said = `${said}${text}`.slice(-4_000)));
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    process.kill(-child.pid, 'SIGKILL');
  }, MAX_RUN_MS);
  await once(child, 'close');
  clearTimeout(timer);
  const { stats, failures } = existsSync(report)
    ? JSON.parse(readFileSync(report, 'utf8'))
    : { stats: { passes: 0 }, failures: [] };
  return { passed: stats.passes, failed: failures.map(({ fullTitle }) => fullTitle), hung, said };
}
