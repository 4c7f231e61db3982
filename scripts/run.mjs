// npm run demo, npm test, npm run bench, chaos, mutate: node scripts/run.mjs <demo|test|bench|chaos|mutate|screenshots> [arguments]
// Installs and builds what is missing, brings up the services, runs the command, and tears down all it started.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { endAll, ownGroup, runFolder } from './services/belongings.mjs';
import { provideServices } from './services/index.mjs';
import { killGroup } from './services/processes.mjs';
import { SetupError, detail, fail, sayOnStderr, step } from './services/say.mjs';
import { ensureBuilt } from './setup/build.mjs';
import { ensureBenchModules, ensureNodeModules } from './setup/node-modules.mjs';
import { refuseUnfitMachine } from './setup/machine.mjs';
import { parseTestOptions } from './tests/options.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const programs = {
  demo: 'dist/examples/facility/demo.js',
  test: 'scripts/tests/main.mjs',
  bench: 'dist/bench/index.js',
  mutate: 'scripts/mutate/main.mjs',
  chaos: 'dist/chaos/index.js',
  screenshots: 'dist/test/browser/screenshots.js',
};
const [command, ...given] = process.argv.slice(2);
const keep = command === 'demo' && given.includes('--keep');
const args = given.filter((arg) => !(keep && arg === '--keep'));

// The first signal ends the run in good order; the child is asked to stop, then made to.
let stopped;
let child;
const stopping = new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      const again = stopped;
      stopped = signal;
      if (child) killGroup(child.pid, again ? 'SIGKILL' : signal);
      resolve(signal);
    });
  }
});
process.on('SIGWINCH', () => child && killGroup(child.pid, 'SIGWINCH'));

async function runChild(env) {
  child = spawn(process.execPath, [join(root, programs[command]), ...args], {
    cwd: root,
    stdio: 'inherit',
    detached: true,
    env,
  });
  ownGroup(child.pid);
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
  const patience = stopping.then(() => sleep(10_000, undefined, { ref: false }));
  const code = await Promise.race([ended, patience]);
  killGroup(child.pid); // whatever the child left running
  return code;
}

function sayHowToLookAround(env) {
  step('The services stay up. Look around:');
  detail(`psql ${env.DATABASE_URL}`);
  detail(`${env.ONCE_TEMPORAL_BIN ?? 'temporal'} workflow list --address ${env.TEMPORAL_ADDRESS}`);
  if (env.REDIS_URL) detail(`redis-cli -u ${env.REDIS_URL}`);
  step('Ctrl-C stops them.');
}

async function run() {
  if (!programs[command])
    throw Object.assign(
      new SetupError('Usage: node scripts/run.mjs <demo|test|bench|chaos|mutate|screenshots> [arguments]'),
      {
        code: 2,
      },
    );
  if (command === 'test') parseTestOptions(args);
  if (command === 'chaos' && args.includes('--json')) sayOnStderr();
  refuseUnfitMachine();
  await ensureNodeModules(root);
  if (command === 'bench') await ensureBenchModules(root, args);
  // The builder and the servers work side by side; both are heard before either's failure ends the run.
  const measuresNothing = command === 'bench' && args.some((arg) => /^--page(=|$)/.test(arg));
  const [built, services] = await Promise.allSettled([
    ensureBuilt(root),
    measuresNothing ? {} : provideServices(command),
  ]);
  for (const part of [built, services]) if (part.status === 'rejected') throw part.reason;
  const env = { ...process.env, ...services.value, ONCE_RUN: runFolder() };
  const code = await runChild(env);
  if (keep && !stopped) {
    sayHowToLookAround(env);
    const awake = setInterval(() => {}, 60_000);
    await stopping;
    clearInterval(awake);
    return 0;
  }
  return code;
}

const outcome = await Promise.race([
  run().catch((error) => {
    if (stopped) return undefined;
    fail(error instanceof SetupError ? error.message : error.stack);
    return error.code === 2 ? 2 : undefined;
  }),
  stopping.then(() => (child ? new Promise(() => {}) : undefined)),
]);
await endAll();
const code = stopped && !(keep && outcome === 0) ? 128 + constants.signals[stopped] : outcome;
// A test run that could not start is one failure; the last line of `npm test` always has this form.
if (command === 'test' && outcome === undefined && !stopped) console.log('0 passed, 1 failed');
process.exit(code ?? 1);
