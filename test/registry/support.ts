import { Client, Connection, type ScheduleOptions } from '@temporalio/client';
import type { Pool } from 'pg';
import { OncePlugin, ScheduleConflictError, type OncePluginOptions } from '../../src';
import { assert } from '../helpers/assert';
import { dropSchema, env, openPool, randomName } from '../helpers/services';

/** The conflict that it was refused for. */
export async function conflictOf(created: Promise<unknown>): Promise<ScheduleConflictError> {
  const error = await created.then(
    () => assert.fail('it was created'),
    (refused: unknown) => refused,
  );
  assert.ok(error instanceof ScheduleConflictError, String(error));
  return error;
}

/** A registry of its own in a namespace that others use too: its schedules have a tenant nobody else has. */
export class Facility {
  readonly schema = randomName('once_test');
  readonly prefix = randomName('once-test');
  readonly tenant = randomName('tenant');
  readonly pool: Pool = openPool();
  private readonly plugins: OncePlugin[] = [];
  private connection!: Connection;
  /** Without the plugin. */
  bare!: Client;

  static async open(address: string): Promise<Facility> {
    const facility = new Facility();
    facility.connection = await Connection.connect({ address });
    facility.bare = new Client({ connection: facility.connection });
    return facility;
  }

  plugin(options: Partial<OncePluginOptions> = {}): OncePlugin {
    const plugin = new OncePlugin({
      ...{ postgres: env('DATABASE_URL'), schema: this.schema, prefix: this.prefix, migrate: true },
      ...options,
    });
    this.plugins.push(plugin);
    return plugin;
  }

  client(plugin: OncePlugin = this.plugin()): Client {
    return new Client({ connection: this.connection, plugins: [plugin] });
  }

  id(): string {
    return randomName('schedule');
  }

  /** A schedule that never fires: paused. Of this facility's tenant unless its memo says otherwise. */
  options(change: Partial<ScheduleOptions> & { readonly workflowType?: string } = {}): ScheduleOptions {
    const { workflowType = 'autoclose', ...rest } = change;
    return {
      scheduleId: this.id(),
      spec: { cronExpressions: ['0,30 * * * *'] },
      action: { type: 'startWorkflow', workflowType, taskQueue: 'nobody' },
      state: { paused: true },
      memo: { tenant: this.tenant },
      ...rest,
    };
  }

  /** By the server, whether registered or not. */
  async exists(scheduleId: string): Promise<boolean> {
    return this.bare.schedule
      .getHandle(scheduleId)
      .describe()
      .then(
        () => true,
        () => false,
      );
  }

  /** Rows that are not gone. */
  async rows(): Promise<{ schedule_id: string; state: number; composite_key: string | null }[]> {
    const { rows } = await this.pool.query<{
      schedule_id: string;
      state: number;
      composite_key: string | null;
    }>(
      `SELECT schedule_id, state, composite_key FROM "${this.schema}".schedules WHERE state <> 0 ORDER BY fence`,
    );
    return rows;
  }

  async liveIds(): Promise<string[]> {
    return (await this.rows()).map(
      ({ schedule_id, state }) => `${schedule_id}${state === 2 ? '' : ' reserving'}`,
    );
  }

  async close(): Promise<void> {
    for (const { schedule_id } of await this.rows().catch(() => []))
      await this.bare.schedule
        .getHandle(schedule_id)
        .delete()
        .catch(() => undefined);
    await Promise.all(this.plugins.map((plugin) => plugin.close()));
    await this.pool.end();
    await this.connection.close();
    await dropSchema(this.schema);
  }
}
