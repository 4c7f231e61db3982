import { Client, Connection } from '@temporalio/client';
import { Idempotency } from '../../../src';
import { settings } from '../processes';

/** Runs the upkeep, to be killed in it. */
async function main(): Promise<void> {
  const { schema, prefix, address } = settings<{ schema: string; prefix: string; address: string }>();
  const once = await Idempotency.connect({ postgres: process.env['DATABASE_URL'] as string, schema, prefix });
  await once.runUpkeep({ client: new Client({ connection: await Connection.connect({ address }) }) });
  await new Promise(() => setInterval(() => undefined, 1_000));
}

void main();
