import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { Pool } from 'pg';
import { oncePlugin } from '../../examples/facility/once';
import { createFacilitySchema, dropSchemas } from '../../examples/facility/schema';
import type { RunSettings } from '../../examples/facility/settings';
import { Idempotency } from '../../src';
import { DATABASE_URL, randomId, REDIS_URL } from '../integration/support/world';
import '../integration/support/logs';

/** What the demo hands to its steps: tables and records of their own, a bundle, connections. */
export class FacilityServices {
  private constructor(
    readonly id: string,
    readonly settings: RunSettings,
    readonly pool: Pool,
    readonly connection: Connection,
    readonly folder: string,
  ) {}

  static async open(temporalAddress: string): Promise<FacilityServices> {
    const id = randomId('t').slice(2);
    const folder = await mkdtemp(join(tmpdir(), 'facility-test-'));
    const settings: RunSettings = {
      withPlugin: true,
      temporalAddress,
      databaseUrl: DATABASE_URL,
      redisUrl: REDIS_URL,
      taskQueue: `facility-${id}`,
      facilitySchema: `facility_${id}`,
      onceSchema: `once_${id}`,
      redisPrefix: `facility-${id}`,
      bundlePath: join(folder, 'workflows.js'),
    };
    const pool = new Pool({ connectionString: DATABASE_URL, max: 4 });
    await createFacilitySchema(pool, settings.facilitySchema);
    await Idempotency.migrate({ postgres: DATABASE_URL, schema: settings.onceSchema });
    const connection = await Connection.connect({ address: temporalAddress });
    return new FacilityServices(id, settings, pool, connection, folder);
  }

  async bundle(): Promise<void> {
    const { code } = await bundleWorkflowCode({
      workflowsPath: require.resolve('../../examples/facility/workflows'),
      plugins: [oncePlugin(this.settings)],
      logger: new DefaultLogger('WARN'),
    });
    await writeFile(this.settings.bundlePath, code);
  }

  async close(): Promise<void> {
    await dropSchemas(this.pool, [this.settings.facilitySchema, this.settings.onceSchema]);
    await this.connection.close();
    await this.pool.end();
    await rm(this.folder, { recursive: true, force: true });
  }
}
