import { smallArgs, smallResult } from '../samples';
import { forEachKey, KEYS, peerModule, type Peer, type Place } from './peer';

type Workflow = (argument: unknown) => Promise<unknown>;

interface Dbos {
  readonly DBOS: {
    setConfig(config: Readonly<Record<string, unknown>>): void;
    launch(): Promise<void>;
    shutdown(options: { deregister: boolean }): Promise<void>;
    registerWorkflow(workflow: Workflow, config: { name: string }): Workflow;
    runStep<T>(step: () => Promise<T>, config: { name: string }): Promise<T>;
    startWorkflow(
      workflow: Workflow,
      params: { workflowID: string },
    ): (argument: unknown) => Promise<{ getResult(): Promise<unknown> }>;
  };
}

/** DBOS: a workflow of one step, durable in Postgres; the workflow id is the key. */
export async function openDbos({ postgresUrl, schema, suffix, pool }: Place): Promise<Peer> {
  const { DBOS } = peerModule<Dbos>('@dbos-inc/dbos-sdk');
  const systemDatabaseSchemaName = `${schema}_dbos`;
  const silent = (): void => undefined;
  DBOS.setConfig({
    name: `once-bench-${suffix}`,
    systemDatabaseUrl: postgresUrl,
    systemDatabaseSchemaName,
    systemDatabasePoolSize: pool.options.max,
    logger: { info: silent, debug: silent, warn: silent, error: console.error },
  });
  let done = 0;
  const body = async (): Promise<unknown> => {
    done++;
    return smallResult(1);
  };
  const workflow = DBOS.registerWorkflow(() => DBOS.runStep(body, { name: 'charge' }), { name: 'charge' });
  await DBOS.launch();
  let asked = KEYS;
  const run = async (n: number): Promise<unknown> => {
    const handle = await DBOS.startWorkflow(workflow, { workflowID: `charge-${n}` })(smallArgs(n)[0]);
    return handle.getResult();
  };
  await forEachKey(run);
  return {
    name: 'dbos',
    duplicate: (n) => run(n % KEYS),
    first: () => run(asked++),
    done: async () => ({ done, asked }),
    close: async () => {
      await DBOS.shutdown({ deregister: true });
      await pool.query(`DROP SCHEMA IF EXISTS "${systemDatabaseSchemaName}" CASCADE`);
    },
  };
}
