import { randomBytes } from 'node:crypto';
import {
  Client,
  Connection,
  type ClientOptions,
  type WorkflowHandleWithFirstExecutionRunId,
} from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { Pool } from 'pg';
import { Idempotency, OncePlugin, type IdempotencyOptions, type OncePluginOptions } from '../../../src';
import { bundle } from './bundle';
import { Effects } from './effects';
import './logs';

export const TEMPORAL_ADDRESS = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
export const DATABASE_URL = process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
export const REDIS_URL = process.env['REDIS_URL'];

export function randomId(prefix: string): string {
  return `${prefix}_${randomBytes(5).toString('hex')}`;
}

export type Given = Partial<Omit<WorkerOptions, 'plugins'>> & {
  readonly plugins?: NonNullable<WorkerOptions['plugins']>;
};

/** A schema of its own, a table of effects outside the package, and workers on queues of their own. */
export class World {
  readonly schema = randomId('once_test');
  readonly prefix = randomId('once-test');
  readonly pool = new Pool({ connectionString: DATABASE_URL, max: 4 });
  readonly effects = new Effects(this.pool, `${this.schema}_effects`);
  private native!: NativeConnection;
  private connection!: Connection;
  client!: Client;

  private constructor(readonly address: string) {}

  static async open(
    clientOptions: Omit<ClientOptions, 'connection'> = {},
    address = TEMPORAL_ADDRESS,
  ): Promise<World> {
    const world = new World(address);
    await world.effects.create();
    world.native = await NativeConnection.connect({ address });
    world.connection = await Connection.connect({ address });
    world.client = new Client({ connection: world.connection, ...clientOptions });
    return world;
  }

  plugin(options: Partial<OncePluginOptions> = {}): OncePlugin {
    return new OncePlugin({
      postgres: DATABASE_URL,
      schema: this.schema,
      prefix: this.prefix,
      migrate: true,
      ...options,
    });
  }

  async worker(given: Given): Promise<Worker> {
    return Worker.create({
      connection: this.native,
      taskQueue: randomId('queue'),
      ...(given.workflowsPath === undefined ? { workflowBundle: await bundle() } : {}),
      plugins: given.plugins ?? [this.plugin()],
      shutdownGraceTime: '2s',
      ...given,
    });
  }

  /** A client of the same server that has the plugin. */
  clientWith(plugin: OncePlugin, clientOptions: Omit<ClientOptions, 'connection'> = {}): Client {
    return new Client({ connection: this.connection, plugins: [plugin], ...clientOptions });
  }

  /** Runs a worker for as long as `body` takes. */
  async during<T>(given: Given, body: (taskQueue: string, worker: Worker) => Promise<T>): Promise<T> {
    const worker = await this.worker(given);
    return worker.runUntil(() => body(worker.options.taskQueue, worker));
  }

  /** A worker that runs until it is told to end. */
  async running(given: Given): Promise<{ readonly taskQueue: string; readonly end: () => Promise<void> }> {
    const worker = await this.worker(given);
    let stop!: () => void;
    const ended = worker.runUntil(new Promise<void>((resolve) => (stop = resolve)));
    const end = (): Promise<void> => {
      stop();
      return ended;
    };
    return { taskQueue: worker.options.taskQueue, end };
  }

  start(
    workflow: string,
    taskQueue: string,
    args: unknown[],
    workflowId: string = randomId('workflow'),
  ): Promise<WorkflowHandleWithFirstExecutionRunId> {
    return this.client.workflow.start(workflow, {
      taskQueue,
      workflowId,
      args,
      workflowExecutionTimeout: '100s',
    });
  }

  async execute<T = unknown>(
    workflow: string,
    taskQueue: string,
    args: unknown[],
    workflowId?: string,
  ): Promise<T> {
    return (await this.start(workflow, taskQueue, args, workflowId)).result() as Promise<T>;
  }

  /** The service on the same records, to look from outside. Close it. */
  service(options: Partial<IdempotencyOptions> = {}): Promise<Idempotency> {
    return Idempotency.connect({
      postgres: DATABASE_URL,
      schema: this.schema,
      prefix: this.prefix,
      migrate: true,
      ...options,
    });
  }

  /** What was counted, by path. */
  async counted(): Promise<Record<string, number>> {
    const { rows } = await this.pool.query<{ path: string; count: string }>(
      `SELECT path, sum(count) AS count FROM ${this.schema}.counts GROUP BY path`,
    );
    return Object.fromEntries(rows.map(({ path, count }) => [path, Number(count)]));
  }

  async close(): Promise<void> {
    await this.pool.query(`DROP SCHEMA IF EXISTS ${this.schema} CASCADE`);
    await this.effects.drop();
    await this.pool.end();
    await this.connection.close();
    await this.native.close();
  }
}
