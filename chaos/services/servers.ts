import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { answers, freePorts } from './ports';
import { Program } from './program';
import type { Programs } from './programs';

const run = promisify(execFile);

export interface Postgres {
  readonly program: Program;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** Postgres with its data in `folder`. Durability stays on: what was committed outlives a crash. */
export async function startPostgres(folder: string, { postgres }: Programs): Promise<Postgres> {
  const { binDir, uid, gid } = postgres;
  const home = join(folder, 'postgres');
  const data = join(home, 'data');
  const passwordFile = join(home, 'password');
  const password = randomBytes(12).toString('hex');
  mkdirSync(home);
  writeFileSync(passwordFile, password, { mode: 0o600 });
  const asServer = uid === undefined || gid === undefined ? {} : { uid, gid };
  if (uid !== undefined && gid !== undefined)
    for (const path of [home, passwordFile]) chownSync(path, uid, gid);
  const env: NodeJS.ProcessEnv = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name)),
  );
  env['LC_ALL'] = 'C';
  const identity = ['-U', 'once', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  const form = ['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'];
  await run(join(binDir, 'initdb'), ['-D', data, ...identity, ...form], { ...asServer, cwd: home, env });
  const [port] = (await freePorts(1)) as [number];
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
  ];
  const program = new Program('Postgres', {
    command: join(binDir, 'postgres'),
    args: ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    log: join(folder, 'postgres.log'),
    env,
    uid,
    gid,
    // What pg_ctl looks at: the server writes its state into its pid file.
    ready: async () => readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[7]?.trim() === 'ready',
  });
  await program.start();
  return { program, port, user: 'once', password, database: 'postgres' };
}

/** Redis that keeps nothing: killed, it comes back empty. */
export async function startRedis(folder: string, { redis }: Programs) {
  const [port] = (await freePorts(1)) as [number];
  const nothing = ['--save', '', '--appendonly', 'no', '--daemonize', 'no', '--dir', folder];
  const program = new Program('Redis', {
    command: redis,
    args: ['--port', String(port), '--bind', '127.0.0.1', ...nothing],
    log: join(folder, 'redis.log'),
    ready: () => answers(port, 'PING\r\n'),
  });
  await program.start();
  return { program, url: `redis://127.0.0.1:${port}` };
}

/** A development server whose state is in a file, so that it goes on where it was after a restart. */
export async function startTemporal(folder: string, { temporal }: Programs) {
  const [port, httpPort, metricsPort] = (await freePorts(3)) as [number, number, number];
  const address = `127.0.0.1:${port}`;
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_')),
  );
  const places = [
    '--ip',
    '127.0.0.1',
    '--port',
    port,
    '--http-port',
    httpPort,
    '--metrics-port',
    metricsPort,
  ];
  const program = new Program('Temporal', {
    command: temporal,
    args: [
      ...['server', 'start-dev', '--headless', '--log-level', 'error'],
      ...['--db-filename', join(folder, 'temporal.db'), ...places.map(String)],
    ],
    log: join(folder, 'temporal.log'),
    env,
    ready: async () => {
      if (!(await answers(port))) return false;
      const describe = ['operator', 'namespace', 'describe', '-n', 'default', '--address', address];
      await run(temporal, describe, { env, timeout: 10_000 });
      return true;
    },
  });
  await program.start();
  return { program, address };
}

/** PgBouncer in transaction mode in front of Postgres at `target`. It refuses root, so root runs it as somebody else. */
export async function startPgBouncer(
  folder: string,
  { pgbouncer, postgres }: Programs,
  of: Postgres,
  target: number,
) {
  const [port] = (await freePorts(1)) as [number];
  const file = join(folder, 'pgbouncer.ini');
  const { uid = 65_534, gid = 65_534 } = postgres;
  const asRoot = process.getuid?.() === 0;
  writeFileSync(
    file,
    [
      '[databases]',
      `${of.database} = host=127.0.0.1 port=${target} user=${of.user} password=${of.password}`,
      '[pgbouncer]',
      `listen_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =`,
      'auth_type = any\npool_mode = transaction\ndefault_pool_size = 8\nmax_client_conn = 200',
      // After a crash of Postgres it tries again at once, not after 15 s.
      'server_login_retry = 0.2\nserver_connect_timeout = 2',
      'ignore_startup_parameters = extra_float_digits,options',
    ].join('\n'),
    { mode: 0o600 },
  );
  if (asRoot) chownSync(file, uid, gid);
  const program = new Program('PgBouncer', {
    command: pgbouncer,
    args: [file],
    log: join(folder, 'pgbouncer.log'),
    ...(asRoot ? { uid, gid } : {}),
    ready: () => answers(port),
  });
  await program.start();
  return { program, url: `postgres://${of.user}@127.0.0.1:${port}/${of.database}` };
}
