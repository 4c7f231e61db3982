import { smallArgs, smallResult } from '../samples';
import { forEachKey, KEYS, peerModule, type Peer, type Place } from './peer';

interface Idempotency {
  readonly makeIdempotent: <T>(
    body: (argument: unknown) => Promise<T>,
    options: { persistenceStore: unknown; config: unknown; keyPrefix: string },
  ) => (argument: unknown) => Promise<T>;
  readonly IdempotencyConfig: new (config: { lambdaContext: unknown }) => unknown;
}
interface Cache {
  readonly CachePersistenceLayer: new (options: { client: unknown }) => unknown;
}
interface RedisClient {
  readonly createClient: (options: { url: string }) => {
    connect(): Promise<unknown>;
    close(): Promise<void>;
  };
}

/**
 * AWS Powertools idempotency with its layer for Redis and the client that its documentation uses: the record lives in Redis
 * alone, so a first execution survives only as long as Redis does. Key: MD5 of the first argument.
 */
export async function openPowertools({ redisUrl, prefix }: Place): Promise<Peer> {
  const name = '@aws-lambda-powertools/idempotency';
  const { makeIdempotent, IdempotencyConfig } = peerModule<Idempotency>(name);
  const { CachePersistenceLayer } = peerModule<Cache>(`${name}/cache`);
  const client = peerModule<RedisClient>('@redis/client').createClient({ url: redisUrl });
  await client.connect();
  let done = 0;
  const charge = makeIdempotent(
    async () => {
      done++;
      return smallResult(1);
    },
    {
      persistenceStore: new CachePersistenceLayer({ client }),
      // Without a deadline its records in progress would count as abandoned at once.
      config: new IdempotencyConfig({ lambdaContext: { getRemainingTimeInMillis: () => 60_000 } }),
      keyPrefix: `${prefix}:powertools`,
    },
  );
  let asked = KEYS;
  const run = (n: number): Promise<unknown> => charge(smallArgs(n)[0]);
  await forEachKey(run);
  return {
    name: 'powertools',
    duplicate: (n) => run(n % KEYS),
    first: () => run(asked++),
    done: async () => ({ done, asked }),
    close: () => client.close(),
  };
}
