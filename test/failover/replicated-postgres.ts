import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePorts } from '../../chaos/services/ports';
import { Program } from '../../chaos/services/program';
import { env, until } from '../helpers/services';
import { TcpProxy } from '../stores/tcp-proxy';

const run = promisify(execFile);
const HOST = '127.0.0.1';

/** How long a server is given to say something that it says at once on a machine with nothing else to do. */
const PATIENCE_MS = 60_000;

export interface Replication {
  /** A commit is answered when the replica has it on its disk. */
  readonly synchronous: boolean;
}

/** A primary, its streaming replica, and the one address that clients know. */
export class ReplicatedPostgres {
  private constructor(
    private readonly folder: string,
    private readonly password: string,
    private readonly primary: Program,
    private readonly replica: Program,
    private readonly ports: { readonly primary: number; readonly replica: number },
    /** What clients connect to; the part of an operator's proxy or DNS name. */
    readonly address: TcpProxy,
    /** Between the replica and the primary: cut it, and what is committed then is on the primary alone. */
    readonly stream: TcpProxy,
  ) {}

  /**
   * The replica begins as a copy of the stopped primary's data, which needs no program that a package of server binaries
   * lacks (`pg_basebackup` does the same on a running one).
   */
  static async open({ synchronous }: Replication): Promise<ReplicatedPostgres> {
    const folder = mkdtempSync(join(process.env['ONCE_RUN'] ?? tmpdir(), 'failover-'));
    chmodSync(folder, 0o711);
    const password = randomBytes(12).toString('hex');
    const [primaryPort, replicaPort] = (await freePorts(2)) as [number, number];
    const home = join(folder, 'home');
    const [first, second] = [join(home, 'first'), join(home, 'second')];
    await makeData(home, first, password);
    cpSync(first, second, { recursive: true });
    const stream = await TcpProxy.to(HOST, primaryPort);
    const source = `host=${HOST} port=${stream.port} user=once password=${password} application_name=replica`;
    writeFileSync(join(second, 'standby.signal'), '');
    for (const path of [second, ...everythingIn(second)]) ownedByServer(path);
    const program = (name: string, data: string, port: number, settings: readonly string[]): Program =>
      new Program(name, {
        command: join(env('ONCE_POSTGRES_BIN_DIR'), 'postgres'),
        args: ['-D', data, ...[...common(port), ...settings].flatMap((setting) => ['-c', setting])],
        log: join(folder, `${name}.log`),
        env: serverEnv(),
        ...serverUser(),
        ready: async () => {
          const state = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[7]?.trim();
          return state === 'ready' || state === 'standby';
        },
      });
    const named = synchronous ? ['synchronous_standby_names=replica'] : [];
    const primary = program('primary', first, primaryPort, named);
    const replica = program('replica', second, replicaPort, [
      `primary_conninfo=${source}`,
      'wal_retrieve_retry_interval=100ms',
    ]);
    const address = await TcpProxy.to(HOST, primaryPort);
    const ports = { primary: primaryPort, replica: replicaPort };
    const pair = new ReplicatedPostgres(folder, password, primary, replica, ports, address, stream);
    try {
      await primary.start();
      await replica.start();
      await pair.streams();
      return pair;
    } catch (error) {
      await pair.close();
      throw error;
    }
  }

  /** Where clients connect: the primary, until the address is moved. */
  get url(): string {
    return this.at(this.address.port);
  }

  /** Past the address: a connection to one of the two that stays there. */
  urlOf(whom: 'primary' | 'replica'): string {
    return this.at(this.ports[whom]);
  }

  /** Waits until all that the primary has committed is to be seen on the replica. */
  async caughtUp(): Promise<void> {
    const [{ lsn }] = (await this.ask('primary', 'SELECT pg_current_wal_lsn() AS lsn')) as [{ lsn: string }];
    await until(async () => {
      const rows = await this.ask('replica', `SELECT pg_last_wal_replay_lsn() >= '${lsn}'::pg_lsn AS has`);
      return rows[0]?.['has'] === true;
    }, PATIENCE_MS);
  }

  /** The machine of the primary is gone: no word of farewell, and it does not come back. */
  async killPrimary(): Promise<void> {
    await this.primary.end('SIGKILL');
  }

  /** As an operator stops it (`pg_ctl stop -m fast`): its sessions are told, and the replica has all of it before it ends. */
  async stopPrimary(): Promise<void> {
    await this.primary.end('SIGINT', PATIENCE_MS);
  }

  /** Nobody hears of the primary, and it hears of nobody; no connection is told. It lives on, and comes back by `endSilence`. */
  silencePrimary(): void {
    this.address.silence();
    this.stream.silence();
  }

  endSilence(): void {
    this.address.endSilence();
    this.stream.endSilence();
  }

  /** Returns when the replica takes writes. */
  async promote(): Promise<void> {
    const rows = await this.ask('replica', 'SELECT pg_promote(true, 60) AS promoted');
    if (rows[0]?.['promoted'] !== true) throw new Error('the replica was not promoted');
  }

  moveAddress(): void {
    this.address.moveTo(HOST, this.ports.replica);
  }

  /** Who comes anew is led to the replica; connections to the primary stay as they are. */
  moveAddressForNewcomers(): void {
    this.address.leadTo(HOST, this.ports.replica);
  }

  /** Waits until a client has come by the address to the replica, with a claim that it can't take yet. */
  isAskedForWrites(): Promise<void> {
    const log = join(this.folder, 'replica.log');
    return until(() => readFileSync(log, 'utf8').includes('in a read-only transaction'), PATIENCE_MS);
  }

  /** Asks one of the two, past the address. */
  async ask(
    whom: 'primary' | 'replica',
    text: string,
    values: unknown[] = [],
  ): Promise<Record<string, unknown>[]> {
    const client = new Client({
      connectionString: this.urlOf(whom),
      connectionTimeoutMillis: PATIENCE_MS,
    });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  async close(): Promise<void> {
    await this.address.cut();
    await this.stream.cut();
    await this.replica.stop();
    await this.primary.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async streams(): Promise<void> {
    await until(async () => {
      const rows = await this.ask('primary', 'SELECT state, sync_state FROM pg_stat_replication');
      const [wanted] = await this.ask(
        'primary',
        `SELECT current_setting('synchronous_standby_names') <> '' AS sync`,
      );
      const isSync = rows[0]?.['sync_state'] === 'sync';
      return rows[0]?.['state'] === 'streaming' && isSync === wanted?.['sync'];
    }, PATIENCE_MS);
  }

  private at(port: number): string {
    return `postgres://once:${this.password}@${HOST}:${port}/postgres`;
  }
}

const common = (port: number): string[] => [
  `port=${port}`,
  `listen_addresses=${HOST}`,
  'unix_socket_directories=',
  'max_connections=100',
  'wal_keep_size=256MB',
  'timezone=UTC',
];

async function makeData(home: string, data: string, password: string): Promise<void> {
  mkdirSync(home);
  const passwordFile = join(home, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  for (const path of [home, passwordFile]) ownedByServer(path);
  const identity = ['-U', 'once', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  const form = ['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'];
  const initdb = join(env('ONCE_POSTGRES_BIN_DIR'), 'initdb');
  await run(initdb, ['-D', data, ...identity, ...form], { ...serverUser(), cwd: home, env: serverEnv() });
}

/** Postgres refuses to run as root: then npm test has chosen somebody else. */
function serverUser(): { readonly uid?: number; readonly gid?: number } {
  const [uid, gid] = [process.env['ONCE_POSTGRES_UID'], process.env['ONCE_POSTGRES_GID']];
  return uid === undefined || gid === undefined ? {} : { uid: Number(uid), gid: Number(gid) };
}

function ownedByServer(path: string): void {
  const { uid, gid } = serverUser();
  if (uid === undefined || gid === undefined) return;
  chownSync(path, uid, gid);
}

const everythingIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));

function serverEnv(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name));
  return { ...Object.fromEntries(own), LC_ALL: 'C' };
}
