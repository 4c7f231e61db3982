import type { Outcome } from '../store';
import { Circuit } from './circuit';
import type { RedisClient, RedisSubscriber } from './client';
import { decodeEntry, encodeOutcome, encodeTombstone, fenceDigits } from './entry';
import { Script } from './scripts';

export interface RedisCacheOptions {
  readonly client: RedisClient;
  readonly prefix: string;
  /** Generation of the store behind: entries of another one are never seen. */
  readonly generation: string;
  /** No entry answers for longer than this. */
  readonly maxAgeMs: number;
  /** Bound of one call. */
  readonly timeoutMs: number;
  /** Larger payloads stay in the store only. */
  readonly maxPayloadBytes: number;
  readonly ownsClient: boolean;
}

/** How late a fill may reach Redis before it is refused. */
const MAX_LATE_MS = 10_000;

const fillScript = new Script('fill', 1);
const clearScript = new Script('clear', 1);

/**
 * Outcomes in Redis: the speed, never the truth. Every call is bounded in time and may come back empty;
 * what it answers is fenced and tombstoned.
 */
export class RedisCache {
  readonly circuit = new Circuit();
  private readonly channel: string;
  private gathered: Gathered | undefined;
  /** What Redis' clock said, and the local monotonic time of that reply. */
  private clock: { readonly redisMs: number; readonly atMs: number } | undefined;
  private subscriber: RedisSubscriber | undefined;
  private readonly waiters = new Map<string, Set<() => void>>();

  constructor(private readonly options: RedisCacheOptions) {
    this.channel = `${options.prefix}:${options.generation}:wake`;
  }

  get maxAgeMs(): number {
    return this.options.maxAgeMs;
  }

  /** The outcome Redis has for the key; undefined when it has none, is slow or is away. */
  async get(key: string): Promise<Outcome | undefined> {
    if (!this.circuit.admit()) return undefined;
    try {
      const entry = await this.gather(this.entryName(key));
      return entry === null ? undefined : decodeEntry(entry);
    } catch {
      return undefined;
    }
  }

  /** Offers an outcome, not awaited by anyone who is in a hurry. `readAtMs`: monotonic time it was true. */
  async fill(key: string, outcome: Omit<Outcome, 'kind' | 'from'>, readAtMs: number): Promise<void> {
    const ageMs = performance.now() - readAtMs;
    const ttlMs = Math.floor(Math.min(outcome.retentionLeftMs, this.options.maxAgeMs) - ageMs);
    if (ttlMs <= 0 || ageMs > MAX_LATE_MS || !this.circuit.admit()) return;
    if ((outcome.payload?.byteLength ?? 0) > this.options.maxPayloadBytes) {
      await this.attempt(() => this.options.client.callBuffer('PUBLISH', this.channel, key));
      return;
    }
    const args = [encodeOutcome(outcome), fenceDigits(outcome.fence), ttlMs];
    await this.attempt(async () => {
      const sentAt = await this.redisNow();
      const reply = await fillScript.run(
        this.options.client,
        [this.entryName(key)],
        [...args, sentAt, MAX_LATE_MS, this.channel, key],
      );
      this.setClock(reply);
    });
  }

  /** Tells waiters elsewhere that a key was let go. */
  async wake(key: string): Promise<void> {
    if (!this.circuit.admit()) return;
    await this.attempt(() => this.options.client.callBuffer('PUBLISH', this.channel, key));
  }

  /** Puts a tombstone. Asked even when the circuit is open. @returns whether Redis took it. */
  async clear(key: string, fence: bigint): Promise<boolean> {
    const ttlMs = Math.max(this.options.maxAgeMs, 6 * MAX_LATE_MS);
    const args = [encodeTombstone(fence), fenceDigits(fence), ttlMs, this.channel, key];
    return this.attempt(() => clearScript.run(this.options.client, [this.entryName(key)], args), 5);
  }

  /** Resolves when somebody says the key changed, after maxMs, or on abort. Without Redis the time is waited out. */
  changed(key: string, maxMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    this.subscribe();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        const waiting = this.waiters.get(key);
        waiting?.delete(done);
        if (waiting?.size === 0) this.waiters.delete(key);
        resolve();
      };
      const timer = setTimeout(done, maxMs);
      signal.addEventListener('abort', done, { once: true });
      const waiting = this.waiters.get(key);
      if (waiting === undefined) this.waiters.set(key, new Set([done]));
      else waiting.add(done);
    });
  }

  async close(): Promise<void> {
    this.subscriber?.disconnect();
    for (const waiting of [...this.waiters.values()]) for (const done of [...waiting]) done();
    if (this.options.ownsClient) {
      await bounded(this.options.client.quit(), this.options.timeoutMs).catch(() =>
        this.options.client.disconnect(),
      );
    }
  }

  private entryName(key: string): string {
    return `${this.options.prefix}:${this.options.generation}:${key}`;
  }

  /** Lookups of one turn of the event loop travel in one MGET (a cluster has no MGET across slots). */
  private gather(name: string): Promise<Buffer | null> {
    const { client } = this.options;
    if (client.isCluster === true) {
      return this.answering(client.callBuffer('GET', name)) as Promise<Buffer | null>;
    }
    if (this.gathered === undefined) {
      const gathered: Gathered = { names: [], replies: undefined };
      this.gathered = gathered;
      gathered.replies = Promise.resolve().then(() => {
        this.gathered = undefined;
        return this.answering(client.callBuffer('MGET', ...gathered.names)) as Promise<(Buffer | null)[]>;
      });
    }
    const { names, replies } = this.gathered;
    const index = names.push(name) - 1;
    return (replies as Promise<(Buffer | null)[]>).then((all) => all[index] ?? null);
  }

  /** Bounds a call and tells the circuit how it went. */
  private async answering<Reply>(call: Promise<Reply>, patience = 1): Promise<Reply> {
    try {
      const reply = await bounded(call, this.options.timeoutMs * patience);
      this.circuit.succeeded();
      return reply;
    } catch (error) {
      this.circuit.failed();
      throw error;
    }
  }

  private async attempt(call: () => Promise<unknown>, patience = 1): Promise<boolean> {
    try {
      await this.answering(call(), patience);
      return true;
    } catch {
      return false;
    }
  }

  private async redisNow(): Promise<number> {
    if (this.clock === undefined) {
      const [seconds, micros] = (await this.options.client.callBuffer('TIME')) as [Buffer, Buffer];
      this.setClock([1, Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)]);
    }
    const clock = this.clock as unknown as { redisMs: number; atMs: number };
    return Math.floor(clock.redisMs + (performance.now() - clock.atMs));
  }

  private setClock(reply: unknown): void {
    const redisMs = Number((reply as [number, number])[1]);
    if (Number.isFinite(redisMs)) this.clock = { redisMs, atMs: performance.now() };
  }

  private subscribe(): void {
    if (this.subscriber !== undefined) return;
    const subscriber = this.options.client.duplicate({ enableOfflineQueue: true });
    this.subscriber = subscriber;
    // Polling stands behind: a lost subscription costs time only.
    subscriber.on('error', () => undefined);
    subscriber.on('message', (_channel, key) => {
      for (const done of [...(this.waiters.get(key) ?? [])]) done();
    });
    subscriber.subscribe(this.channel).catch(() => {
      subscriber.disconnect();
      if (this.subscriber === subscriber) this.subscriber = undefined;
    });
  }
}

interface Gathered {
  readonly names: string[];
  replies: Promise<(Buffer | null)[]> | undefined;
}

async function bounded<Reply>(call: Promise<Reply>, timeoutMs: number): Promise<Reply> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Redis did not answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}
