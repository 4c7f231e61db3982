// Programs from Debian's packages (and those of its relatives). As root they are installed; otherwise the packages are
// unpacked into the cache, with the libraries that this machine lacks. One at a time: apt takes locks.
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bring, cached } from './cache.mjs';
import { mustRun, output, which } from './processes.mjs';
import { SetupError, detail, stopwatch } from './say.mjs';

let queue = Promise.resolve();
let updated;

/** As root: installs the packages. */
export const aptInstall = (names) => inTurn(() => install(names));

/** Not as root: the folder into which the packages and their libraries are unpacked. */
export const aptUnpack = (names) => inTurn(() => unpack(names));

function inTurn(work) {
  const done = queue.then(() => {
    if (!which('apt-get')) throw new SetupError('no apt-get on this machine');
    return work();
  });
  queue = done.catch(() => {});
  return done;
}

// The package's post-install script would start a service of the whole machine: these keep it from that.
const quiet = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1', SYSTEMD_OFFLINE: '1' };

async function install(names) {
  const [name] = names;
  const took = stopwatch();
  detail(`apt-get install ${name}`);
  const wait = ['-o', 'DPkg::Lock::Timeout=120', '-q'];
  updated ??= mustRun('apt-get', ['update', ...wait], { env: quiet, timeout: 180_000 });
  await updated;
  const flags = ['install', '-y', '--no-install-recommends', ...wait];
  await mustRun('apt-get', [...flags, ...names], { env: quiet, timeout: 300_000 });
  detail(`${name} installed in ${took()}`);
}

async function unpack(names) {
  const [name] = names;
  const known = cached(`debian-${name}`);
  if (known) return known;
  const took = stopwatch();
  detail(`${name}: unpacking Debian's package into the cache`);
  return bring(`debian-${name}`, async (part) => {
    const state = await packageLists(part, name);
    const plan = await mustRun('apt-get', [...state, 'install', '-s', '--no-install-recommends', ...names]);
    const missing = [...plan.out.matchAll(/^Inst (\S+)/gm)].map((match) => match[1]);
    const packages = [...new Set([...names, ...missing])];
    await mustRun('apt-get', [...state, 'download', ...packages], { cwd: part, timeout: 300_000 });
    for (const file of readdirSync(part).filter((entry) => entry.endsWith('.deb'))) {
      await mustRun('dpkg', ['-x', join(part, file), part]);
      rmSync(join(part, file));
    }
    rmSync(join(part, '.apt'), { recursive: true, force: true });
    detail(`${name}: ${packages.join(', ')} unpacked in ${took()}`);
  });
}

/** Options for apt-get: none when the machine's package lists know `name`, else lists of our own, fetched into `part`. */
async function packageLists(part, name) {
  if ((await output('apt-cache', ['show', name])).code === 0) return [];
  for (const folder of ['lists/partial', 'archives/partial'])
    mkdirSync(join(part, '.apt', folder), { recursive: true });
  const own = [
    `Dir::State::lists=${join(part, '.apt/lists')}`,
    `Dir::Cache=${join(part, '.apt')}`,
    'APT::Sandbox::User=',
  ];
  const options = own.flatMap((option) => ['-o', option]);
  await mustRun('apt-get', [...options, 'update', '-q'], { timeout: 180_000 });
  return options;
}

/** A starter for an unpacked program, which finds its unpacked libraries wherever the cache is. */
export function starter(folder, program) {
  const real = ['usr/bin', 'usr/sbin', 'bin', 'sbin']
    .map((place) => join(place, program))
    .find((path) => existsSync(join(folder, path)));
  if (!real) throw new SetupError(`the package has no program ${program}`);
  const path = join(folder, `start-${program}`);
  if (existsSync(path)) return path;
  writeFileSync(
    path,
    `#!/bin/sh
here=$(dirname "$0")
libraries=
for folder in "$here"/usr/lib/*-linux-gnu* "$here"/lib/*-linux-gnu*; do libraries="$libraries\${libraries:+:}$folder"; done
LD_LIBRARY_PATH="$libraries\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec "$here/${real}" "$@"
`,
  );
  chmodSync(path, 0o755);
  return path;
}
