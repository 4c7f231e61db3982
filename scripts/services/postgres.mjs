// Postgres: the given server, or a private one with its data in the run's folder. Durability stays on: it is what is tested.
import { randomBytes } from 'node:crypto';
import { chownSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runFolder } from './belongings.mjs';
import { answers, freePorts } from './ports.mjs';
import { cleanEnv, mustRun, startService } from './processes.mjs';
import { SetupError } from './say.mjs';
import { findPostgres } from './postgres-binaries.mjs';

/** `{ env, line }`: what the child needs to reach it, and the line that says what was done. */
export async function providePostgres({ withBinary }) {
  const url = process.env.DATABASE_URL;
  if (!url) return startPrivate(await findPostgres());
  const shown = await checkGiven(url);
  const env = { ONCE_POSTGRES_IS_NEW: undefined, ...(withBinary && binaryEnv(await findPostgres())) };
  return { env, line: `Postgres: given, at ${shown}` };
}

async function checkGiven(url) {
  let host, port, pathname;
  try {
    ({ hostname: host, port, pathname } = new URL(url));
  } catch {
    throw new SetupError(
      'Postgres: DATABASE_URL is no URL. It looks like postgres://user:password@host:5432/database.',
    );
  }
  const shown = `${host || 'its socket'}:${port || 5432}${pathname}`; // without the password
  if (host && !(await answers(host.replace(/^\[|\]$/g, ''), Number(port || 5432), { timeout: 5_000 })))
    throw new SetupError(
      `Postgres: nothing answers at ${shown} (DATABASE_URL). Start it, or unset the variable.`,
    );
  return shown;
}

/** For tests that start a server of their own: the programs and, for root, the user to run them as. */
export const binaryEnv = ({ folder, user }) => ({
  ONCE_POSTGRES_BIN_DIR: folder,
  ...(user && { ONCE_POSTGRES_UID: String(user.uid), ONCE_POSTGRES_GID: String(user.gid) }),
});

async function startPrivate(found) {
  const { folder: programs, user, version, how } = found;
  const home = runFolder('postgres');
  const data = join(home, 'data');
  const password = randomBytes(12).toString('hex');
  const passwordFile = join(home, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) for (const path of [home, passwordFile]) chownSync(path, user.uid, user.gid);

  const asServer = { ...user, cwd: home, env: { ...cleanEnv('PG', 'LC_', 'LANG'), LC_ALL: 'C' } };
  const identity = ['-U', 'once', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  const form = ['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'];
  await mustRun(join(programs, 'initdb'), ['-D', data, ...identity, ...form], asServer);
  const server = join(programs, 'postgres');
  await mustRun(server, ['--single', '-D', data, 'postgres'], {
    ...asServer,
    input: 'CREATE DATABASE once\n',
  });

  const [port] = await freePorts(1);
  const sockets = join(home, `.s.PGSQL.${port}.lock`).length < 104 ? home : ''; // a socket's path has a short limit
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${sockets}`];
  settings.push('max_connections=200', 'timezone=UTC', 'log_timezone=UTC');
  await startService('Postgres', server, ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
    ...asServer,
    log: join(home, 'server.log'),
    ready: () => isReady(data),
    stopBy: 'SIGINT', // "fast": ends without waiting for clients
  });
  const others = Object.keys(process.env).filter((name) => /^PG[A-Z]/.test(name));
  return {
    env: {
      ...Object.fromEntries(others.map((name) => [name, undefined])),
      ONCE_POSTGRES_IS_NEW: '1',
      DATABASE_URL: `postgres://once:${password}@127.0.0.1:${port}/once`,
      ...binaryEnv(found),
    },
    line: `Postgres ${version}: ${how}, private on port ${port}`,
  };
}

/** What pg_ctl looks at: the server writes its state into its pid file. */
function isReady(data) {
  try {
    return readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}
