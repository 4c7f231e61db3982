// Node modules as package-lock.json says: installed when missing or stale.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm, npmEnv } from '../services/npm.mjs';
import { output } from '../services/processes.mjs';
import { SetupError, step, stopwatch, warn } from '../services/say.mjs';

/** Why `npm ci` is due, or undefined. npm records in node_modules what it has installed. */
function reason(root) {
  if (!existsSync(join(root, 'node_modules'))) return 'missing';
  const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
  const wanted = read('package-lock.json');
  if (!existsSync(join(root, 'node_modules/.package-lock.json'))) return 'incomplete';
  const installed = read('node_modules/.package-lock.json');
  for (const [path, { version, optional, devOptional }] of Object.entries(wanted)) {
    if (path === '' || (!installed[path] && (optional || devOptional))) continue;
    if (installed[path]?.version !== version) return `stale (${path.replace(/^.*node_modules\//, '')})`;
  }
  return undefined;
}

/** Runs `npm ci` in `folder`: undefined, or what went wrong. */
async function install(folder) {
  const [command, ...args] = [...npm, 'ci', '--no-audit', '--no-fund'];
  const { code, err } = await output(command, args, { cwd: folder, env: npmEnv(), show: true });
  if (code === 0) return undefined;
  const outdated = /in sync|lock file/i.test(err);
  return (
    `npm ci failed (${code}); its message is above. ` +
    (outdated
      ? 'package-lock.json does not fit package.json: run npm install.'
      : 'Check the network and the registry npm is set to (npm ping), then start again.')
  );
}

export async function ensureNodeModules(root) {
  const why = reason(root);
  if (!why) return;
  const took = stopwatch();
  step(`Node modules: ${why}, running npm ci`);
  const problem = await install(root);
  if (problem) throw new SetupError(problem);
  step(`Node modules: installed in ${took()}`);
}

/** What the benchmark compares with and draws its plots with: not needed for anything else. */
const needsBenchModules = (args) => args.some((arg) => /^(--full$|--page(=|$)|(--case=)?peers-)/.test(arg));

/** Installs bench/package.json where `args` of the benchmark need it. Without it the run goes on, and says what is missing. */
export async function ensureBenchModules(root, args) {
  if (!needsBenchModules(args)) return;
  const folder = join(root, 'bench');
  const why = reason(folder);
  if (!why) return;
  const took = stopwatch();
  step(`Peers of the benchmark: ${why}, running npm ci --prefix bench`);
  const problem = await install(folder);
  if (problem) warn(`The peers will be missing: ${problem}`);
  else step(`Peers of the benchmark: installed in ${took()}`);
}
