/** The part of `ioredis` that is used, so that the package stays optional and a client of the user's own fits. */
export interface RedisClient {
  callBuffer(command: string, ...args: (string | Buffer | number)[]): Promise<unknown>;
  duplicate(override?: { enableOfflineQueue: boolean }): RedisSubscriber;
  readonly isCluster?: boolean;
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
