import { execFile, type ExecFileException } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { Pool } from 'pg';
import { Idempotency, type IdempotencyOptions } from '../../../src';
import { assert } from '../../helpers/assert';
import { Commands, type Ran } from '../../helpers/command';
import { TestProcess } from '../../helpers/processes';
import { env, openPool, randomName, startRedis, until, type PrivateService } from '../../helpers/services';
import { TcpProxy } from '../../stores/tcp-proxy';
import { assertSaid, stepsOf, type Section, type Step } from '../doc-session';

/** What a runbook needs on the desk of whoever is on call: a store and a Redis of its own, and a shell that knows of them. */
export class Desk {
  private readonly commands = new Commands();
  private readonly services: Idempotency[] = [];
  private readonly children: TestProcess[] = [];
  private readonly steps: Step[];
  private shellUrl: string;
  private constructor(
    private readonly section: Section,
    private readonly admin: Pool,
    private readonly database: string,
    /** In front of Postgres: its wire can be cut. */
    readonly wire: TcpProxy,
    readonly url: string,
    readonly pool: Pool,
    private server: PrivateService,
  ) {
    this.steps = section.blocks.flatMap(({ language, text }, at): Step[] => {
      if (language === 'console') return [...stepsOf(text)];
      const next = section.blocks[at + 1];
      return language === 'js'
        ? [{ line: text, said: next?.language === 'text' ? next.text : '', code: 0 }]
        : [];
    });
    this.shellUrl = url;
    symlinkSync(env('ONCE_REDIS_CLI_BIN'), join(this.commands.folder, 'redis-cli'));
    symlinkSync(env('ONCE_PSQL_BIN'), join(this.commands.folder, 'psql'));
  }

  static async open(section: Section): Promise<Desk> {
    const admin = openPool({ max: 1 });
    const database = randomName('once_runbook');
    await admin.query(`CREATE DATABASE ${database}`);
    const direct = new URL(env('DATABASE_URL'));
    const wire = await TcpProxy.to(direct.hostname, Number(direct.port || 5432));
    direct.pathname = `/${database}`;
    const url = new URL(direct);
    url.hostname = '127.0.0.1';
    url.port = String(wire.port);
    await Idempotency.migrate({ postgres: direct.href });
    const pool = openPool({ connectionString: direct.href });
    return new Desk(section, admin, database, wire, url.href, pool, await startRedis());
  }

  get redisUrl(): string {
    return this.server.url;
  }

  /** Redis, to be stopped and paused. */
  get redis(): PrivateService {
    return this.server;
  }

  /** A Redis again at the same place. */
  async redisAgain(): Promise<void> {
    this.server = await startRedis(Number(new URL(this.redisUrl).port));
  }

  /** A process of the application: closed with the desk. */
  async service(options: Partial<IdempotencyOptions> = {}): Promise<Idempotency> {
    const once = await Idempotency.connect({
      postgres: this.url,
      redis: this.redisUrl,
      leaseMs: 1_000,
      ...options,
    });
    this.services.push(once);
    return once;
  }

  /** A process of its own that holds an operation, or a lock, for as long as it lives. */
  async holder(operation: object, as: 'run' | 'lock' = 'run'): Promise<TestProcess> {
    const child = TestProcess.start('runbook-holder', {
      postgres: this.url,
      redis: this.redisUrl,
      operation,
      as,
    });
    this.children.push(child);
    await child.next('held');
    return child;
  }

  /** From now on the shell's DATABASE_URL. */
  connectAs(url: string): void {
    this.shellUrl = url;
  }

  /** Of the package, as the database counts them. */
  async connections(): Promise<number> {
    const { rows } = await this.pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'temporal-once'`,
    );
    return rows[0]?.n ?? 0;
  }

  /** The lease of a holder that is gone has ended. */
  async leaseOver(key: string): Promise<void> {
    const over = `SELECT FROM temporal_once.records WHERE key = $1 AND state = 1 AND ends_at <= clock_timestamp()`;
    await until(async () => (await this.pool.query(over, [key])).rowCount === 1, 30_000);
  }

  /** Runs the next so many steps of the section's session, and compares what they print. */
  async next(count = 1): Promise<void> {
    for (let n = 0; n < count; n++) {
      const step = this.steps.shift();
      assert.ok(step, `${this.section.heading} shows no further step`);
      const { code, out, err } = await (step.line.startsWith('import ')
        ? this.script(step.line)
        : this.shell(step.line));
      assertSaid(out, step.said, `${step.line}\n${err}`);
      assert.equal(code, step.code, `${step.line}\n${out}${err}`);
    }
  }

  /** All of them were run. */
  done(): void {
    assert.deepEqual(
      this.steps.map(({ line }) => line),
      [],
      'shown, and not run',
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.children.map((child) => child.kill()));
    await this.wire.mend().catch(() => undefined);
    await Promise.all(this.services.map((once) => once.close()));
    await this.wire.cut();
    await this.server.stop();
    await this.pool.end();
    await this.admin.query(`DROP DATABASE ${this.database} WITH (FORCE)`);
    await this.admin.end();
    this.commands.close();
  }

  private get environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      PATH: [
        this.commands.folder,
        dirname(env('ONCE_TEMPORAL_BIN')),
        dirname(process.execPath),
        process.env['PATH'],
      ].join(delimiter),
      DATABASE_URL: this.shellUrl,
      REDIS_URL: this.redisUrl,
      NO_COLOR: '1',
    };
  }

  private shell(line: string): Promise<Ran> {
    return this.ran('sh', ['-c', line]);
  }

  private async script(text: string): Promise<Ran> {
    // Inside the package, so that its name is found.
    const folder = mkdtempSync(join(__dirname, 'session-'));
    try {
      writeFileSync(join(folder, 'session.mjs'), text);
      return await this.ran(process.execPath, [join(folder, 'session.mjs')]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  private ran(program: string, args: readonly string[]): Promise<Ran> {
    return new Promise((resolve) => {
      const child = execFile(program, args, { env: this.environment, timeout: 50_000 }, (error, out, err) => {
        const { code } = (error ?? { code: 0 }) as ExecFileException;
        resolve({ code: typeof code === 'number' ? code : -1, out, err });
      });
      child.stdin?.on('error', () => undefined).end();
    });
  }
}
