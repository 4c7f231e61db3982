// Applies a plan, as a replica does at the start of its worker; or is killed at a chosen moment of it.
import { Client, Connection } from '@temporalio/client';
import { applyPlan } from '../../../examples/plan-at-start/apply-plan';
import { OncePlugin } from '../../../src';
import { report, settings, told } from '../processes';
import { env } from '../services';

export interface Settings {
  readonly address: string;
  readonly schema: string;
  readonly file: string;
  /** With the request unsent, or with its answer received and nothing done about it. */
  readonly dieAt?:
    'before createSchedule' | 'after createSchedule' | 'before updateSchedule' | 'after updateSchedule';
}

async function main(): Promise<void> {
  const { address, schema, file, dieAt } = settings<Settings>();
  const go = told('go');
  const once = new OncePlugin({ postgres: env('DATABASE_URL'), schema });
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, plugins: [once] });
  const [when, call] = (dieAt ?? '').split(' ') as ['before' | 'after', 'createSchedule'];
  if (dieAt !== undefined) {
    const service = client.workflowService;
    const send = service[call].bind(service) as (request: object) => Promise<object>;
    const dying = async (request: object): Promise<object> => {
      if (when === 'after') await send(request);
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => undefined);
    };
    Object.defineProperty(service, call, { value: dying });
  }
  await once.idempotency();
  await report('ready');
  await go;
  try {
    const applied = await applyPlan(once, client, file);
    await report('applied', { did: applied.map(({ did }) => did) });
  } catch (error) {
    await report('applied', { error: String(error) });
  }
  await once.close();
  await connection.close();
  process.disconnect?.();
}

void main();
