import { InvalidOptionError } from '../../errors';
import { optionalPeer } from '../optional-peer';
import { redisAddress, type RedisAddress } from './address';
import { isRedisClient, type RedisClient } from './client';

/** A Redis that is silent delays the start by this much, once. */
const READY_WITHIN_MS = 500;

export interface OpenedRedis {
  readonly client: RedisClient;
  readonly owns: boolean;
  /** Connected, or known not to be for now: a script's first clear should find it. */
  readonly ready: Promise<void>;
}

type Made = RedisClient & { on(event: 'error' | 'ready', listener: () => void): void };

interface Ioredis {
  readonly Redis: new (...args: (string | object)[]) => Made;
  readonly Cluster: new (nodes: readonly object[], options: object) => Made;
}

/** From a text, or the user's own client. @throws InvalidOptionError, MissingPeerError */
export function openRedis(redis: string | RedisClient): OpenedRedis {
  if (typeof redis !== 'string') return { client: givenRedis(redis), owns: false, ready: Promise.resolve() };
  const client = made(redisAddress(redis), optionalPeer<Ioredis>('ioredis', 'redis'));
  // Redis is speed only: while it is away the circuit is open and Postgres answers.
  const ready = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, READY_WITHIN_MS);
    for (const event of ['ready', 'error'] as const) {
      client.on(event, () => {
        clearTimeout(timer);
        resolve();
      });
    }
  });
  return { client, owns: true, ready };
}

/** Nothing is queued, nothing tried again: what can't be asked now is asked of Postgres. */
const PROMPT = { enableOfflineQueue: false, maxRetriesPerRequest: 0, connectTimeout: 5_000 };
const retryDelayMs = (times: number): number => Math.min(50 * 2 ** times, 5_000);
/** A server that was made a replica meanwhile: the place is asked for its master again. */
const reconnectOnError = (error: Error): boolean => error.message.startsWith('READONLY');

function made(address: RedisAddress, { Redis, Cluster }: Ioredis): Made {
  if (address.kind === 'server')
    return new Redis(address.url, { ...PROMPT, retryStrategy: retryDelayMs, reconnectOnError });
  const { nodes, username, password } = address;
  const tls = address.tls ? { tls: {} } : {};
  const identity = { ...(username && { username }), ...(password && { password }), ...tls };
  if (address.kind === 'cluster')
    return new Cluster(nodes, {
      enableOfflineQueue: false,
      // Enough for a slot that is on its way to another node and has just arrived.
      maxRedirections: 4,
      retryDelayOnFailover: 20,
      retryDelayOnClusterDown: 20,
      slotsRefreshTimeout: 2_000,
      clusterRetryStrategy: retryDelayMs,
      redisOptions: { ...identity, maxRetriesPerRequest: 0, connectTimeout: 5_000 },
    });
  return new Redis({
    ...PROMPT,
    ...identity,
    ...(address.tls && { sentinelTLS: {}, enableTLSForSentinelMode: true }),
    sentinels: nodes,
    name: address.master,
    db: address.db,
    role: 'master',
    retryStrategy: retryDelayMs,
    sentinelRetryStrategy: retryDelayMs,
    // A master that hangs breaks no connection: the sentinels say when there is another one.
    failoverDetector: true,
    reconnectOnError,
  });
}

/** @throws InvalidOptionError */
export function givenRedis(client: unknown): RedisClient {
  if (!isRedisClient(client))
    throw new InvalidOptionError(
      'redis',
      'is neither an address nor a client',
      'Give a URL, or a client of `ioredis` (with callBuffer and duplicate)',
    );
  const { enableAutoPipelining, scaleReads, role } = client.options ?? {};
  // Under it, a command that is called by its name loses that name.
  if (enableAutoPipelining === true)
    throw new InvalidOptionError(
      'redis',
      'is a client with enableAutoPipelining',
      'Give one without it: lookups of one turn travel together anyway',
    );
  // A replica answers for a moment what a clear has just taken back.
  if ((client.isCluster === true && (scaleReads ?? 'master') !== 'master') || role === 'slave')
    throw new InvalidOptionError(
      'redis',
      'is a client that reads from replicas',
      "Give one of the masters: scaleReads: 'master' for a cluster, role: 'master' for sentinels",
    );
  return client;
}
