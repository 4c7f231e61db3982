import { Client, Connection } from '@temporalio/client';
import { Idempotency } from '../../../src';
import { settings } from '../processes';

/** By then some outcomes are recorded, and most are not. */
const LAST_READ = 20;

/** Runs the upkeep, and is killed in it: when it is about to read the end of one more run. */
async function main(): Promise<void> {
  const { schema, prefix, address } = settings<{ schema: string; prefix: string; address: string }>();
  const once = await Idempotency.connect({ postgres: process.env['DATABASE_URL'] as string, schema, prefix });
  const client = new Client({ connection: await Connection.connect({ address }) });
  const service = client.workflowService;
  const read = service.getWorkflowExecutionHistory.bind(service) as (request: object) => Promise<object>;
  let reads = 0;
  const dying = (request: object): Promise<object> => {
    if (++reads === LAST_READ) process.kill(process.pid, 'SIGKILL');
    return read(request);
  };
  Object.defineProperty(service, 'getWorkflowExecutionHistory', { value: dying });
  await once.runUpkeep({ client });
  await new Promise(() => setInterval(() => undefined, 1_000));
}

void main();
