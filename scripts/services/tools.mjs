// Programs that this machine may have, or Debian's packages give. One line a program.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { aptInstall, aptUnpack, starter } from './debian.mjs';
import { bring } from './cache.mjs';
import { climb, isMac } from './ladder.mjs';
import { mustRun, which } from './processes.mjs';
import { SetupError } from './say.mjs';

const tools = {
  redis: {
    variable: 'ONCE_REDIS_SERVER_BIN',
    programs: ['redis-server', 'valkey-server'],
    // The server is a link to a program of the other package.
    debian: ['redis-server', 'redis-tools'],
    brew: 'redis',
  },
  pgbouncer: {
    variable: 'ONCE_PGBOUNCER_BIN',
    programs: ['pgbouncer'],
    debian: ['pgbouncer'],
    brew: 'pgbouncer',
  },
  // Preloaded into a process to give it another clock: a library, not a program.
  faketime: {
    variable: 'ONCE_FAKETIME_LIB',
    library: 'libfaketime.so.1',
    debian: ['libfaketime'],
    brew: 'libfaketime',
  },
  // Checks the model in docs/model. Its verifier is C.
  spin: {
    variable: 'ONCE_SPIN_BIN',
    programs: ['spin'],
    debian: ['spin'],
    brew: 'spin',
  },
  // Reads and tries the alert rules.
  promtool: {
    variable: 'ONCE_PROMTOOL_BIN',
    programs: ['promtool'],
    debian: ['prometheus'],
    brew: 'prometheus',
  },
  // Makes the certificates of tests with TLS.
  openssl: {
    variable: 'ONCE_OPENSSL_BIN',
    programs: ['openssl'],
    debian: ['openssl'],
    brew: 'openssl',
  },
  // Tab is pressed in real shells.
  bash: { variable: 'ONCE_BASH_BIN', programs: ['bash'], debian: ['bash'], brew: 'bash' },
  zsh: { variable: 'ONCE_ZSH_BIN', programs: ['zsh'], debian: ['zsh'], onlyInstalled: true, brew: 'zsh' },
  fish: {
    variable: 'ONCE_FISH_BIN',
    programs: ['fish'],
    debian: ['fish'],
    onlyInstalled: true,
    brew: 'fish',
  },
  // The Temporal CLI's own script for bash needs its functions: a file, not a program.
  'bash-completion': {
    variable: 'ONCE_BASH_COMPLETION',
    file: 'share/bash-completion/bash_completion',
    debian: ['bash-completion'],
    brew: 'bash-completion@2',
  },
  cc: {
    variable: 'ONCE_CC_BIN',
    programs: ['cc', 'gcc', 'clang'],
    debian: ['gcc', 'libc6-dev'],
    // Unpacked somewhere else a compiler does not find its headers and libraries.
    onlyInstalled: true,
    mac: 'xcode-select --install',
  },
  // What operators look with: the runbooks are tried with them.
  'redis-cli': {
    variable: 'ONCE_REDIS_CLI_BIN',
    programs: ['redis-cli', 'valkey-cli'],
    debian: ['redis-tools'],
    brew: 'redis',
  },
  psql: {
    variable: 'ONCE_PSQL_BIN',
    programs: ['psql'],
    debian: ['postgresql-client'],
    // A link into the package of one version.
    onlyInstalled: true,
    mac: 'brew install libpq && brew link --force libpq',
  },
  // Looks at the page. Any that has the DevTools protocol will do.
  chromium: {
    variable: 'ONCE_CHROMIUM_BIN',
    programs: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    // A page without a font has no text to look at.
    debian: ['chromium', 'fonts-dejavu-core'],
    // Its starter looks for the rest of it in /usr/lib.
    onlyInstalled: true,
    // Where neither root nor Debian is: the build that playwright knows, from its own servers.
    playwright: 'chromium-headless-shell',
    mac: 'brew install --cask chromium',
  },
};

/** The tools beside the services that only tests use. */
export const testTools = [
  ...['pgbouncer', 'faketime', 'spin', 'cc', 'openssl', 'promtool', 'chromium', 'redis-cli', 'psql'],
  ...['bash', 'zsh', 'fish', 'bash-completion'],
];

/** `{ path, variable, how }`, or an error with the reason of every rung. */
export function findTool(name) {
  const tool = tools[name];
  const asRoot = process.getuid() === 0;
  const rungs = {
    given: () => given(tool),
    machine: () => onThisMachine(tool),
    debian: () => (asRoot ? installed(tool) : unpacked(tool)),
    ...(tool.playwright && { playwright: () => fromPlaywright(tool) }),
  };
  const remedy = isMac
    ? (tool.mac ?? `brew install ${tool.brew}`)
    : `apt-get install ${tool.debian[0]} (or your system’s package)`;
  return climb(name, rungs, remedy);
}

/** `{ env, line }` for a tool that is no service. */
export async function provideTool(name) {
  const { path, variable, how } = await findTool(name);
  return { env: { [variable]: path }, line: `${name}: ${how}` };
}

function lookup(tool) {
  if (tool.library) return findLibrary(['/usr/lib', '/opt/homebrew/lib', '/usr/local/lib'], tool.library);
  if (tool.file)
    return ['/usr', '/opt/homebrew', '/usr/local'].map((at) => join(at, tool.file)).find(existsSync);
  return tool.programs.map(which).find(Boolean);
}

// Directly in a library folder, or in Debian's lib/<machine>/faketime.
function findLibrary(parents, name) {
  const below = (folder) => (existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []);
  const places = parents.flatMap((parent) => [
    parent,
    ...below(parent)
      .filter((entry) => entry.isDirectory() && /-linux-/.test(entry.name))
      .map((entry) => join(parent, entry.name)),
  ]);
  const names = isMac ? ['libfaketime.1.dylib'] : [name];
  const paths = places.flatMap((place) =>
    ['', 'faketime'].flatMap((sub) => names.map((file) => join(place, sub, file))),
  );
  return paths.find(existsSync);
}

async function given({ variable }) {
  const path = process.env[variable];
  if (!path) throw new SetupError(`${variable} is not set`);
  if (!existsSync(path)) throw new SetupError(`${variable} names ${path}, which is not there`);
  return { path, variable, how: `given by ${variable} (${path})` };
}

async function onThisMachine(tool) {
  const path = lookup(tool);
  if (!path) throw new SetupError(`no ${tool.library ?? tool.file ?? tool.programs.join(' or ')} found`);
  return { path, variable: tool.variable, how: `on this machine (${path})` };
}

async function installed(tool) {
  await aptInstall(tool.debian);
  return { ...(await onThisMachine(tool)), how: `Debian's ${tool.debian[0]}, installed` };
}

function unpackedPath(tool, folder) {
  if (tool.library) return findLibrary([join(folder, 'usr/lib')], tool.library);
  if (tool.file) return [join(folder, 'usr', tool.file)].find(existsSync);
  return starter(folder, tool.programs[0]);
}

async function unpacked(tool) {
  if (tool.onlyInstalled) throw new SetupError('only root can install it');
  const folder = await aptUnpack(tool.debian);
  const path = unpackedPath(tool, folder);
  if (!path) throw new SetupError(`Debian's ${tool.debian[0]} has no ${tool.library ?? tool.file}`);
  return { path, variable: tool.variable, how: `Debian's ${tool.debian[0]}, unpacked into the cache` };
}

async function fromPlaywright({ playwright, variable }) {
  const manifest = createRequire(import.meta.url).resolve('playwright-core/package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
  const folder = await bring(`${playwright}-${version}`, (part) =>
    mustRun(process.execPath, [join(dirname(manifest), 'cli.js'), 'install', playwright], {
      env: { ...process.env, PLAYWRIGHT_BROWSERS_PATH: part },
      timeout: 180_000,
    }).catch((error) => {
      const why = /Error: .*/.exec(error.message)?.[0] ?? 'it can not be reached';
      throw new SetupError(`playwright's download failed (${why})`);
    }),
  );
  const program = readdirSync(folder, { recursive: true }).find(
    (name) => /(^|[/\\])(chrome-)?headless[-_]shell$/.test(name) && statSync(join(folder, name)).isFile(),
  );
  if (!program) throw new SetupError('what playwright brought has no such program');
  return { path: join(folder, program), variable, how: `playwright ${version}'s own download` };
}
