import { Placed, type Placeable } from '../placed';
import { youngList } from '../young';
import type { RedisClient } from './client';

/** A class: see young.ts. */
class Batch<Entry> implements Placeable {
  place = -1;
  sentAtMs = 0;
  readonly names = youngList<string>();
  readonly resolves = youngList<(entry: Entry | undefined) => void>();
}

/** A full batch leaves at once: Redis answers it while this process still makes the keys of the next one. */
const MAX_BATCH = 16;

/**
 * Lookups of one turn of the event loop travel together by MGET (a cluster has no MGET across slots). Answers
 * undefined when Redis is late or in trouble, and says so to `report`; nothing here ever throws.
 */
export class Gets<Entry> {
  private gathering: Batch<Entry> | undefined;
  /** Batches on their way. */
  private readonly sent = new Placed<Batch<Entry>>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly client: RedisClient,
    private readonly timeoutMs: number,
    /** What the bytes of an entry say; undefined when that is nothing. */
    private readonly decode: (entry: Buffer) => Entry | undefined,
    private readonly report: (ok: boolean, keys: number, ms: number) => void,
  ) {
    this.timer = setTimeout(() => this.expire(), timeoutMs);
    this.timer.unref();
  }

  get(name: string): Promise<Entry | undefined> {
    return new Promise((resolve) => {
      const batch = this.gathering ?? this.begin();
      batch.names.push(name);
      batch.resolves.push(resolve);
      if (batch.names.length === MAX_BATCH || this.client.isCluster === true) this.send(batch);
    });
  }

  close(): void {
    clearTimeout(this.timer);
    this.sent.each((batch) => this.end(batch, undefined));
  }

  private begin(): Batch<Entry> {
    const batch = new Batch<Entry>();
    this.gathering = batch;
    queueMicrotask(() => {
      if (this.gathering === batch) this.send(batch);
    });
    return batch;
  }

  private send(batch: Batch<Entry>): void {
    this.gathering = undefined;
    if (this.sent.size === 0) this.timer.refresh();
    batch.sentAtMs = performance.now();
    this.sent.add(batch);
    this.client.callBuffer('mget', ...batch.names).then(
      (entries) => this.end(batch, entries as (Buffer | null)[]),
      () => this.end(batch, undefined),
    );
  }

  private end(batch: Batch<Entry>, entries: readonly (Buffer | null)[] | undefined): void {
    // A batch that was given up may still be answered: too late for anyone.
    if (!this.sent.remove(batch)) return;
    this.report(entries !== undefined, batch.names.length, performance.now() - batch.sentAtMs);
    batch.resolves.forEach((resolve, index) => resolve(this.understood(entries?.[index])));
  }

  /** Bytes that make no sense are no entry: another program's, perhaps. */
  private understood(entry: Buffer | null | undefined): Entry | undefined {
    if (entry == null) return undefined;
    try {
      return this.decode(entry);
    } catch {
      return undefined;
    }
  }

  private expire(): void {
    const oldest = performance.now() - this.timeoutMs;
    this.sent.each((batch) => {
      if (batch.sentAtMs <= oldest) this.end(batch, undefined);
    });
    if (this.sent.size > 0) this.timer.refresh();
  }
}
