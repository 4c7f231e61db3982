import type { RedisClient } from './client';

interface Batch {
  readonly names: string[];
  readonly resolves: ((entry: Buffer | null | undefined) => void)[];
}

/**
 * Lookups of one turn of the event loop travel in one MGET (a cluster has no MGET across slots). Answers
 * undefined when Redis is late or in trouble, and says so to `report`; nothing here ever throws.
 */
export class Gets {
  private gathering: Batch | undefined;
  /** Batches on their way, oldest first, with the time they were sent. */
  private readonly sent = new Map<Batch, number>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly client: RedisClient,
    private readonly timeoutMs: number,
    private readonly report: (ok: boolean) => void,
  ) {
    this.timer = setTimeout(() => this.expire(), timeoutMs);
    this.timer.unref();
  }

  get(name: string): Promise<Buffer | null | undefined> {
    return new Promise((resolve) => {
      const alone = this.client.isCluster === true;
      const batch = (alone ? undefined : this.gathering) ?? this.begin(alone);
      batch.names.push(name);
      batch.resolves.push(resolve);
    });
  }

  close(): void {
    clearTimeout(this.timer);
    for (const batch of [...this.sent.keys()]) this.end(batch, undefined);
  }

  private begin(alone: boolean): Batch {
    const batch: Batch = { names: [], resolves: [] };
    if (!alone) this.gathering = batch;
    queueMicrotask(() => this.send(batch));
    return batch;
  }

  private send(batch: Batch): void {
    if (this.gathering === batch) this.gathering = undefined;
    if (this.sent.size === 0) this.timer.refresh();
    this.sent.set(batch, performance.now());
    this.client.callBuffer('MGET', ...batch.names).then(
      (entries) => this.end(batch, entries as (Buffer | null)[]),
      () => this.end(batch, undefined),
    );
  }

  private end(batch: Batch, entries: readonly (Buffer | null)[] | undefined): void {
    // A batch that was given up may still be answered: too late for anyone.
    if (!this.sent.delete(batch)) return;
    this.report(entries !== undefined);
    batch.resolves.forEach((resolve, index) => resolve(entries?.[index]));
  }

  private expire(): void {
    const oldest = performance.now() - this.timeoutMs;
    for (const [batch, sentAtMs] of this.sent) {
      if (sentAtMs <= oldest) this.end(batch, undefined);
    }
    if (this.sent.size > 0) this.timer.refresh();
  }
}
