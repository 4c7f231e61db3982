import { smallArgs } from '../samples';
import { forEachKey, KEYS, peerModule, type Peer, type Place } from './peer';

interface GraphileWorker {
  readonly makeWorkerUtils: (options: {
    connectionString: string;
    schema: string;
    maxPoolSize: number;
    logger: unknown;
  }) => Promise<{
    migrate(): Promise<void>;
    addJob(task: string, payload: unknown, spec: { jobKey: string }): Promise<unknown>;
    release(): Promise<void> | void;
  }>;
  readonly Logger: new (factory: () => (level: string, message: string) => void) => unknown;
}

/** graphile-worker: a job with a job key, which replaces the one that waits. Queued only: nothing is run, no result kept. */
export async function openGraphileWorker({ postgresUrl, schema, pool }: Place): Promise<Peer> {
  const { makeWorkerUtils, Logger } = peerModule<GraphileWorker>('graphile-worker');
  const own = `${schema}_graphile`;
  const utils = await makeWorkerUtils({
    connectionString: postgresUrl,
    schema: own,
    maxPoolSize: pool.options.max,
    logger: new Logger(() => (level, message) => void (level === 'error' && console.error(message))),
  });
  await utils.migrate();
  let asked = KEYS;
  const add = (n: number): Promise<unknown> =>
    utils.addJob('charge', smallArgs(n)[0], { jobKey: `charge-${n}` });
  await forEachKey(add);
  return {
    name: 'graphile-worker',
    duplicate: (n) => add(n % KEYS),
    first: () => add(asked++),
    done: async () => {
      const { rows } = await pool.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM "${own}".jobs`,
      );
      return { done: rows[0]?.count ?? 0, asked };
    },
    close: async () => {
      await utils.release();
      await pool.query(`DROP SCHEMA IF EXISTS "${own}" CASCADE`);
    },
  };
}
