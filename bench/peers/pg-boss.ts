import { smallArgs } from '../samples';
import { forEachKey, KEYS, peerModule, type Peer, type Place } from './peer';

type PgBoss = new (options: Readonly<Record<string, unknown>>) => {
  on(event: 'error', handler: (error: Error) => void): unknown;
  start(): Promise<unknown>;
  stop(options: { graceful: boolean; wait: boolean }): Promise<void>;
  createQueue(name: string, options: { name: string; policy: string }): Promise<void>;
  send(name: string, data: object, options: { singletonKey: string }): Promise<string | null>;
};

/** pg-boss: a job with a singleton key in a queue that lets one of them wait. Queued only: nothing is run, no result kept. */
export async function openPgBoss({ postgresUrl, schema, pool }: Place): Promise<Peer> {
  const Boss = peerModule<PgBoss>('pg-boss');
  const own = `${schema}_boss`;
  const background = { supervise: false, schedule: false };
  const boss = new Boss({
    connectionString: postgresUrl,
    schema: own,
    max: pool.options.max,
    ...background,
  });
  boss.on('error', console.error);
  await boss.start();
  await boss.createQueue('charge', { name: 'charge', policy: 'short' });
  let asked = KEYS;
  const send = (n: number): Promise<unknown> =>
    boss.send('charge', smallArgs(n)[0] as object, { singletonKey: `charge-${n}` });
  await forEachKey(send);
  return {
    name: 'pg-boss',
    duplicate: (n) => send(n % KEYS),
    first: () => send(asked++),
    done: async () => {
      const { rows } = await pool.query<{ count: number }>(`SELECT count(*)::int AS count FROM "${own}".job`);
      return { done: rows[0]?.count ?? 0, asked };
    },
    close: async () => {
      await boss.stop({ graceful: false, wait: true });
      await pool.query(`DROP SCHEMA IF EXISTS "${own}" CASCADE`);
    },
  };
}
