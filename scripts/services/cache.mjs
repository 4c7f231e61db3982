// Things downloaded once and kept for later runs, in the user's cache folder. Filled under a temporary name and renamed
// when whole, so that an interrupted download is never taken for a finished one.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { ownFolder } from './belongings.mjs';

function cacheFolder() {
  const usual = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'temporal-once');
  try {
    mkdirSync(usual, { recursive: true });
    return usual;
  } catch {
    const fallback = join(tmpdir(), `temporal-once-${userInfo().uid}`);
    mkdirSync(fallback, { recursive: true, mode: 0o700 });
    return fallback;
  }
}

/** The folder `name` of the cache if an earlier run brought it. */
export function cached(name) {
  const path = join(cacheFolder(), name);
  return existsSync(path) ? path : undefined;
}

/** The folder `name` of the cache, made by `fill(folder)` when it is not there yet. */
export async function bring(name, fill) {
  const target = join(cacheFolder(), name);
  if (existsSync(target)) return target;
  mkdirSync(dirname(target), { recursive: true });
  const part = mkdtempSync(`${target}.part-`);
  ownFolder(part);
  try {
    await fill(part);
    renameSync(part, target);
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    if (!existsSync(target)) throw error; // Another run was quicker.
  }
  return target;
}
