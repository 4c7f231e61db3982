import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { Redis } from 'ioredis';
import { Pool, type PoolConfig } from 'pg';

/** What a suite needs, and the line that gets it. */
const REMEDIES: Readonly<Record<string, string>> = {
  DATABASE_URL: 'export DATABASE_URL=postgres://postgres@127.0.0.1:5432/postgres',
  REDIS_URL: 'export REDIS_URL=redis://127.0.0.1:6379',
  ONCE_POSTGRES_BIN_DIR: 'export ONCE_POSTGRES_BIN_DIR=/usr/lib/postgresql/15/bin',
  ONCE_FAKETIME_LIB: 'apt-get install libfaketime && export ONCE_FAKETIME_LIB=…/faketime/libfaketime.so.1',
  TEMPORAL_ADDRESS: 'export TEMPORAL_ADDRESS=127.0.0.1:7233',
  ONCE_TEMPORAL_BIN: 'export ONCE_TEMPORAL_BIN=$(command -v temporal)',
  ONCE_PGBOUNCER_BIN: 'apt-get install pgbouncer && export ONCE_PGBOUNCER_BIN=/usr/sbin/pgbouncer',
  ONCE_REDIS_SERVER_BIN: 'apt-get install redis-server && export ONCE_REDIS_SERVER_BIN=/usr/bin/redis-server',
  ONCE_REDIS_CLI_BIN: 'apt-get install redis-tools && export ONCE_REDIS_CLI_BIN=/usr/bin/redis-cli',
  ONCE_PSQL_BIN: 'apt-get install postgresql-client && export ONCE_PSQL_BIN=/usr/bin/psql',
  ONCE_SPIN_BIN: 'apt-get install spin && export ONCE_SPIN_BIN=/usr/bin/spin',
  ONCE_PROMTOOL_BIN: 'apt-get install prometheus && export ONCE_PROMTOOL_BIN=/usr/bin/promtool',
  ONCE_CHROMIUM_BIN: 'apt-get install chromium && export ONCE_CHROMIUM_BIN=/usr/bin/chromium',
  ONCE_BASH_BIN: 'apt-get install bash && export ONCE_BASH_BIN=/bin/bash',
  ONCE_ZSH_BIN: 'apt-get install zsh && export ONCE_ZSH_BIN=/usr/bin/zsh',
  ONCE_FISH_BIN: 'apt-get install fish && export ONCE_FISH_BIN=/usr/bin/fish',
  ONCE_BASH_COMPLETION:
    'apt-get install bash-completion && export ONCE_BASH_COMPLETION=/usr/share/bash-completion/bash_completion',
  ONCE_PYTHON_SDK:
    'python3 -m pip install --target FOLDER temporalio==1.35.0 && export ONCE_PYTHON_SDK=FOLDER',
  ONCE_OPENSSL_BIN: 'apt-get install openssl && export ONCE_OPENSSL_BIN=/usr/bin/openssl',
  ONCE_CC_BIN: 'apt-get install gcc libc6-dev && export ONCE_CC_BIN=/usr/bin/gcc',
};

/** Skips the suite by name, with the line to type, when the machine lacks something. Called in `before`. */
export function need(context: Mocha.Context, ...names: string[]): void {
  const missing = names.filter((name) => !process.env[name]);
  if (missing.length === 0) return;
  const suite = context.test?.parent?.fullTitle() ?? 'a suite';
  for (const name of missing) console.log(`skipped: ${suite} needs ${name}: ${REMEDIES[name] ?? ''}`);
  context.skip();
}

export function env(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set: ${REMEDIES[name] ?? ''}`);
  return value;
}

export function randomName(prefix: string): string {
  return `${prefix}_${randomBytes(6).toString('hex')}`;
}

/** A pool whose search_path is empty: a query that forgets its schema fails. */
export function openPool(config: PoolConfig = {}): Pool {
  const pool = new Pool({
    connectionString: config.connectionString ?? env('DATABASE_URL'),
    options: '-c search_path=',
    max: 4,
    connectionTimeoutMillis: 5_000,
    ...config,
  });
  pool.on('error', () => undefined);
  return pool;
}

/** Drops a schema and whatever is in it. */
export async function dropSchema(schema: string): Promise<void> {
  const pool = openPool({ max: 1 });
  try {
    await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  } finally {
    await pool.end();
  }
}

export function openRedis(url = env('REDIS_URL')): Redis {
  const client = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    lazyConnect: true,
    retryStrategy: () => 50,
  });
  client.on('error', () => undefined);
  return client;
}

export interface PrivateService {
  readonly url: string;
  readonly pid: number;
  signal(name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A Redis of the test's own, to be paused, flushed and killed. */
export async function startRedis(port?: number): Promise<PrivateService> {
  const at = port ?? (await freePort());
  const args = ['--port', String(at), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn(env('ONCE_REDIS_SERVER_BIN'), args, { stdio: 'ignore' });
  const url = `redis://127.0.0.1:${at}`;
  const probe = openRedis(url);
  await until(async () => {
    if (probe.status !== 'ready') await probe.connect().catch(() => undefined);
    return (await probe.ping()) === 'PONG';
  });
  probe.disconnect();
  return privateService(child, url, () => undefined);
}

/** A Temporal development server of the test's own, in memory, with more flags where its behaviour is to differ. */
export async function startTemporal(flags: readonly string[] = []): Promise<PrivateService> {
  const [port, ui, http, metrics] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const ports = { '--port': port, '--ui-port': ui, '--http-port': http, '--metrics-port': metrics };
  const args = ['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--log-level', 'error', ...flags];
  for (const [flag, value] of Object.entries(ports)) args.push(flag, String(value));
  const child = spawn(env('ONCE_TEMPORAL_BIN'), args, { stdio: 'ignore' });
  const address = `127.0.0.1:${port}`;
  await until(async () => {
    const connection = await Connection.connect({ address, connectTimeout: 1_000 });
    try {
      await connection.workflowService.describeNamespace({ namespace: 'default' });
    } finally {
      await connection.close();
    }
    return true;
  }, 90_000);
  return privateService(child, address, () => undefined);
}

/** PgBouncer in transaction mode in front of the test database. It refuses root, so it runs as nobody. */
export async function startPgBouncer({ poolSize = 3, clients = 200 } = {}): Promise<PrivateService> {
  const target = new URL(env('DATABASE_URL'));
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'once-pgbouncer-'));
  chmodSync(folder, 0o755);
  const database = target.pathname.slice(1);
  const password = target.password === '' ? '' : ` password=${decodeURIComponent(target.password)}`;
  writeFileSync(
    join(folder, 'pgbouncer.ini'),
    [
      '[databases]',
      `${database} = host=${target.hostname} port=${target.port || '5432'} user=${target.username}${password} connect_query='SET search_path = pg_catalog'`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = any',
      'pool_mode = transaction',
      `default_pool_size = ${poolSize}`,
      `max_client_conn = ${clients}`,
      'ignore_startup_parameters = extra_float_digits,options',
    ].join('\n'),
  );
  const asNobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const child = spawn(env('ONCE_PGBOUNCER_BIN'), [join(folder, 'pgbouncer.ini')], {
    stdio: 'ignore',
    ...asNobody,
  });
  const url = `postgres://${target.username}@127.0.0.1:${port}/${database}`;
  const probe = openPool({ connectionString: url, max: 1 });
  await until(async () => (await probe.query('SELECT 1')).rowCount === 1);
  await probe.end();
  return privateService(child, url, () => rmSync(folder, { recursive: true, force: true }));
}

/** Waits until `holds` says true; an error counts as not yet. */
export async function until(holds: () => Promise<boolean> | boolean, withinMs = 10_000): Promise<void> {
  const startedAt = performance.now();
  let last: unknown;
  while (performance.now() - startedAt < withinMs) {
    try {
      if (await holds()) return;
    } catch (error) {
      last = error;
    }
    await sleep(10);
  }
  throw new Error(`not so within ${withinMs} ms`, { cause: last });
}

function privateService(child: ChildProcess, url: string, tidy: () => void): PrivateService {
  const gone = once(child, 'exit');
  const killed = (): void => void child.kill('SIGKILL');
  process.once('exit', killed);
  return {
    url,
    pid: child.pid as number,
    signal: (name) => void child.kill(name),
    stop: async () => {
      process.off('exit', killed);
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await gone;
      tidy();
    },
  };
}
