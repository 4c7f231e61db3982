// Node modules as package-lock.json says: installed when missing or stale.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm, npmEnv } from '../services/npm.mjs';
import { output } from '../services/processes.mjs';
import { SetupError, step, stopwatch } from '../services/say.mjs';

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

export async function ensureNodeModules(root) {
  const why = reason(root);
  if (!why) return;
  const took = stopwatch();
  step(`Node modules: ${why}, running npm ci`);
  const [command, ...args] = [...npm, 'ci', '--no-audit', '--no-fund'];
  const { code, err } = await output(command, args, { cwd: root, env: npmEnv(), show: true });
  if (code !== 0) {
    const outdated = /in sync|lock file/i.test(err)
      ? ' package-lock.json does not fit package.json: run npm install.'
      : '';
    throw new SetupError(
      `npm ci failed (${code}); its message is above.${outdated || ' Check the network and the registry npm is set to (npm ping), then start again.'}`,
    );
  }
  step(`Node modules: installed in ${took()}`);
}
