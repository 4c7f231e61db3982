/**
 * The part of `ioredis` that is used, so that the package stays optional and a client of the user's own fits: a `Redis`, straight
 * or by sentinels, or a `Cluster`. Names of commands are given in lower case, by which every version finds their keys.
 */
export interface RedisClient {
  callBuffer(command: string, ...args: (string | Buffer | number)[]): Promise<unknown>;
  // A cluster is told its nodes first: two shapes, see `subscriberOf`.
  duplicate(...override: never[]): RedisSubscriber;
  readonly isCluster?: boolean;
  /** Of a cluster: by slot, the addresses of its master and replicas. */
  readonly slots?: readonly (readonly string[] | undefined)[];
  /** As the client was made. */
  readonly options?: {
    readonly enableAutoPipelining?: boolean | undefined;
    readonly scaleReads?: unknown;
    readonly role?: unknown;
  };
  quit(): Promise<unknown>;
  disconnect(): void;
}

export interface RedisSubscriber {
  subscribe(channel: string): Promise<unknown>;
  on(event: 'message', listener: (channel: string, message: string) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  disconnect(): void;
}

/** True for a client the user made. */
export function isRedisClient(value: unknown): value is RedisClient {
  if (typeof value !== 'object' || value === null) return false;
  const client = value as Partial<Record<keyof RedisClient, unknown>>;
  return typeof client.callBuffer === 'function' && typeof client.duplicate === 'function';
}

/** A connection of its own to subscribe on, which waits for its server rather than refuse. */
export function subscriberOf(client: RedisClient): RedisSubscriber {
  const duplicate = client.duplicate.bind(client) as (...override: unknown[]) => RedisSubscriber;
  const patient = { enableOfflineQueue: true };
  return client.isCluster === true ? duplicate([], patient) : duplicate(patient);
}
