import type { Outcome } from '../store';
import { bounded } from '../bounded';
import { Circuit } from './circuit';
import { NOBODY, type Statement, type StoreObserver } from '../observer';
import type { RedisClient } from './client';
import { decodeEntry, encodeOutcome, encodeTombstone, fenceDigits } from './entry';
import { Fill, Fills, MAX_LATE_MS } from './fills';
import { Gets } from './gets';
import { holdersOf } from './holders';
import { Script } from './scripts';
import { nodeOf } from './slot';
import { Wakes } from './wakes';

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

/** A clear is rare and matters: it is given more time than a lookup. */
const CLEAR_PATIENCE = 5;

/** No entry has this name: they begin with the prefix, which has no such character. */
const GENERATION_OVER = '!generation';

/** Everything whose names carry the store's generation. */
interface Generation {
  readonly name: string;
  /** Monotonic time at which this process learned of it. */
  readonly sinceMs: number;
  readonly entryPrefix: string;
  readonly channel: string;
  readonly fills: Fills;
  readonly wakes: Wakes;
}

const NOTHING = Promise.resolve(undefined);

const clearScript = new Script('clear-1');

/**
 * Outcomes in Redis: the speed, never the truth. Every call is bounded in time and may come back empty;
 * what it answers is fenced and tombstoned.
 */
export class RedisCache {
  readonly circuit = new Circuit();
  private readonly gets: Gets<Outcome>;
  private current: Generation;
  private observer: StoreObserver = NOBODY;

  constructor(private readonly options: RedisCacheOptions) {
    this.gets = new Gets(options.client, options.timeoutMs, decodeEntry, this.reportOf('redis_get'));
    // What is read before this moment was read from this very generation.
    this.current = this.enter(options.generation, 0);
    this.circuit.onChange = (isOpen) => this.changedCircuit(isOpen);
  }

  /** Begins every key, of every generation. */
  get prefix(): string {
    return this.options.prefix;
  }

  get generation(): string {
    return this.current.name;
  }

  /** Told when Redis answers again after it did not: it may be another server, with less in it. */
  onRegained: (() => void) | undefined;

  /** Told when somebody says that the store's generation may have changed. */
  onGeneration: (() => void) | undefined;

  /** From now on entries of this generation only; waiters are woken to ask again. */
  useGeneration(generation: string): void {
    if (generation === this.current.name) return;
    const { wakes } = this.current;
    this.current = this.enter(generation, performance.now());
    wakes.close();
  }

  /** Tells those who listen that a generation is over. */
  async endGeneration(generation: string): Promise<void> {
    const channel = `${this.options.prefix}:${generation}:wake`;
    await this.attempt(() => this.options.client.callBuffer('publish', channel, GENERATION_OVER), 1);
  }

  get maxAgeMs(): number {
    return this.options.maxAgeMs;
  }

  /** The outcome Redis has for the key; undefined when it has none, is slow or is away. */
  get(key: string): Promise<Outcome | undefined> {
    return this.circuit.admit() ? this.gets.get(this.entryName(key)) : NOTHING;
  }

  /** Offers an outcome, not awaited by anyone in a hurry. `readAtMs`: monotonic time at which it was true. */
  fill(key: string, outcome: Omit<Outcome, 'kind' | 'from'>, readAtMs: number): Promise<void> {
    // Asked of the store as it was before it was restored: it may know of no such outcome now.
    if (readAtMs < this.current.sinceMs) return this.tell(key);
    if (performance.now() - readAtMs > MAX_LATE_MS) return Promise.resolve();
    if ((outcome.payload?.byteLength ?? 0) > this.options.maxPayloadBytes) return this.tell(key);
    const endsAtMs = readAtMs + Math.min(outcome.retentionLeftMs, this.options.maxAgeMs);
    return this.current.fills.add(new Fill(this.entryName(key), encodeOutcome(outcome), endsAtMs));
  }

  /** Tells waiters elsewhere, together with others a moment later, that a key has an outcome. */
  tell(key: string): Promise<void> {
    return this.current.fills.add(new Fill(this.entryName(key), undefined, Infinity));
  }

  /** Tells waiters elsewhere at once that a key was let go. */
  async wake(key: string): Promise<void> {
    if (this.circuit.admit()) {
      await this.attempt(
        () => this.options.client.callBuffer('publish', this.current.channel, this.entryName(key)),
        1,
      );
    }
  }

  /** Puts a tombstone. Asked even when the circuit is open. @returns whether Redis took it. */
  clear(key: string, fence: bigint): Promise<boolean> {
    const ttlMs = Math.max(this.options.maxAgeMs, 6 * MAX_LATE_MS);
    const args = [encodeTombstone(fence), fenceDigits(fence), ttlMs, this.current.channel];
    return this.attempt(
      () => clearScript.run(this.options.client, [this.entryName(key)], args),
      CLEAR_PATIENCE,
    );
  }

  /** The server that has the key's entry, as far as is known: where one is away others may not be. */
  nodeOf(key: string): string {
    return nodeOf(this.options.client, this.entryName(key));
  }

  /** Names the servers that have the entries; other servers, other names. Undefined when that can't be told now. */
  async holders(): Promise<string | undefined> {
    const { client, timeoutMs } = this.options;
    try {
      return await bounded(holdersOf(client), timeoutMs, 'Redis');
    } catch {
      return undefined;
    }
  }

  /** A text that says where to look and decides nothing; undefined when there is none, Redis is slow or away. */
  async hint(name: string): Promise<string | undefined> {
    let text: Buffer | null = null;
    if (this.circuit.admit())
      await this.attempt(async () => {
        text = (await this.options.client.callBuffer('get', this.entryName(name))) as Buffer | null;
      }, 1);
    return (text as Buffer | null)?.toString();
  }

  async setHint(name: string, text: string): Promise<void> {
    if (this.circuit.admit())
      await this.attempt(
        () => this.options.client.callBuffer('set', this.entryName(name), text, 'PX', this.maxAgeMs),
        1,
      );
  }

  /** Resolves when somebody says the key changed, after `maxMs`, or on abort. */
  changed(key: string, maxMs: number, signal: AbortSignal): Promise<void> {
    return this.current.wakes.wait(this.entryName(key), maxMs, signal);
  }

  observe(observer: StoreObserver): void {
    this.observer = observer;
    observer.circuit(this.circuit.isOpen);
  }

  async close(): Promise<void> {
    this.gets.close();
    this.current.wakes.close();
    if (!this.options.ownsClient) return;
    const { client, timeoutMs } = this.options;
    await bounded(client.quit(), timeoutMs, 'Redis').catch(() => undefined);
    // Also after it said good-bye: a client by sentinels still listens to them.
    client.disconnect();
  }

  private changedCircuit(isOpen: boolean): void {
    this.observer.circuit(isOpen);
    if (!isOpen) this.onRegained?.();
  }

  private entryName(key: string): string {
    return this.current.entryPrefix + key;
  }

  private enter(name: string, sinceMs: number): Generation {
    const { client, prefix, timeoutMs } = this.options;
    const entryPrefix = `${prefix}:${name}:`;
    const channel = `${entryPrefix}wake`;
    return {
      name,
      sinceMs,
      entryPrefix,
      channel,
      fills: new Fills(client, channel, timeoutMs, () => this.circuit.admit(), this.reportOf('redis_fill')),
      wakes: new Wakes(client, channel, (told) => told === GENERATION_OVER && this.onGeneration?.()),
    };
  }

  private reportOf(statement: Statement): (ok: boolean, calls: number, ms: number) => void {
    return (ok, calls, ms) => {
      if (ok) this.circuit.succeeded();
      else this.circuit.failed();
      this.observer.ended(statement, calls, ms, ok);
    };
  }

  private async attempt(call: () => Promise<unknown>, patience: number): Promise<boolean> {
    try {
      await bounded(call(), this.options.timeoutMs * patience, 'Redis');
      this.circuit.succeeded();
      return true;
    } catch {
      this.circuit.failed();
      return false;
    }
  }
}
