import { subscriberOf, type RedisClient, type RedisSubscriber } from './client';

/** Waiters of this process, woken by name. Polling stands behind: a lost subscription costs time only. */
export class Wakes {
  private subscriber: RedisSubscriber | undefined;
  private readonly waiters = new Map<string, Set<() => void>>();

  constructor(
    private readonly client: RedisClient,
    private readonly channel: string,
    /** Hears every message. */
    private readonly heard: (message: string) => void = () => undefined,
  ) {}

  /** Resolves when somebody says that the entry changed, after `maxMs`, or on abort. */
  wait(name: string, maxMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    this.subscribe();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        const waiting = this.waiters.get(name);
        waiting?.delete(done);
        if (waiting?.size === 0) this.waiters.delete(name);
        resolve();
      };
      const timer = setTimeout(done, maxMs);
      signal.addEventListener('abort', done, { once: true });
      const waiting = this.waiters.get(name);
      if (waiting === undefined) this.waiters.set(name, new Set([done]));
      else waiting.add(done);
    });
  }

  close(): void {
    this.subscriber?.disconnect();
    this.subscriber = undefined;
    for (const name of [...this.waiters.keys()]) this.wake(name);
  }

  private wake(name: string): void {
    for (const done of [...(this.waiters.get(name) ?? [])]) done();
  }

  private subscribe(): void {
    if (this.subscriber !== undefined) return;
    const subscriber = subscriberOf(this.client);
    this.subscriber = subscriber;
    subscriber.on('error', () => undefined);
    subscriber.on('message', (_channel, names) => {
      names.split('\n').forEach((name) => this.wake(name));
      this.heard(names);
    });
    subscriber.subscribe(this.channel).catch(() => {
      subscriber.disconnect();
      if (this.subscriber === subscriber) this.subscriber = undefined;
    });
  }
}
