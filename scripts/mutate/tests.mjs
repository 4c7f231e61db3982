// Runs a part of the suite in a tree and says which tests failed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandOf } from '../tests/check.mjs';

/** A mutation may make a test wait for ever. */
const MAX_RUN_MS = 150_000;
const TEST_TIMEOUT_MS = 15_000;

/** `{ passed, failed: titles, hung, said }` */
export async function runTests(folder, { tests, grep }) {
  const report = join(folder, 'dist', 'mutation-report.json');
  rmSync(report, { force: true });
  const args = [commandOf('mocha'), '--no-config', '--exit', '--bail', '--timeout', String(TEST_TIMEOUT_MS)];
  args.push('--reporter', join(dirname(fileURLToPath(import.meta.url)), 'reporter.cjs'), '--grep', grep);
  const specs = tests.map((name) => join('dist/test', `${name}.test.js`));
  const child = spawn(process.execPath, [...args, ...specs], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ONCE_MUTATION_REPORT: report },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (said = `${said}${text}`.slice(-4_000)));
  groups.add(child.pid);
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    child.kill('SIGKILL');
  }, MAX_RUN_MS);
  // Not its `close`: a server that a broken test left behind holds the pipes.
  await once(child, 'exit');
  clearTimeout(timer);
  endGroup(child.pid);
  const { passed, failed } = existsSync(report)
    ? JSON.parse(readFileSync(report, 'utf8'))
    : { passed: 0, failed: [] };
  return { passed, failed, hung, said };
}

/** Runs under way, each with the processes that its tests started. */
const groups = new Set();

function endGroup(pid) {
  groups.delete(pid);
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}
process.on('exit', () => groups.forEach(endGroup));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
