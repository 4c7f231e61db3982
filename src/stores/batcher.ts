/**
 * Natural batching: while one statement is in flight, further requests queue; the next statement takes them
 * all. No timers: a lone request goes out at once (with those of the same turn of the event loop), under load one
 * commit serves many.
 */
export class Batcher<Request, Answer> {
  private queue: Entry<Request, Answer>[] = [];
  private inFlight = 0;
  private flushing = false;

  constructor(
    /** Answers in the order of the requests. */
    private readonly run: (requests: readonly Request[]) => Promise<readonly Answer[]>,
    /** Requests with the same key never share a statement; the later one waits for the next. */
    private readonly keyOf: (request: Request) => string,
    /** Whether a failed statement is worth splitting, so that one bad item never fails its neighbours. */
    private readonly blameItems: (error: unknown) => boolean,
    private readonly maxBatch: number,
    /** Statements in flight at once. */
    private readonly lanes: number,
  ) {}

  add(request: Request): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      this.queue.push(new Entry(request, resolve, reject));
      if (this.flushing || this.inFlight >= this.lanes) return;
      this.flushing = true;
      queueMicrotask(() => this.flush());
    });
  }

  private flush(): void {
    this.flushing = false;
    while (this.inFlight < this.lanes && this.queue.length > 0) {
      const batch = this.takeBatch();
      this.inFlight++;
      void this.ask(batch).then((tell) => {
        this.inFlight--;
        if (batch.length > 1) this.flushAfterTurn();
        tell();
        if (batch.length === 1) this.flush();
      });
    }
  }

  /** Those that are answered together mostly ask again together, some promises later: they go with the next statement, all of them. */
  private flushAfterTurn(): void {
    if (this.flushing) return;
    this.flushing = true;
    setImmediate(() => this.flush());
  }

  /** However many wait, a batch looks at those it takes. */
  private takeBatch(): readonly Entry<Request, Answer>[] {
    const keys = new Set<string>();
    let seen = 0;
    for (; seen < this.queue.length && keys.size < this.maxBatch; seen++)
      keys.add(this.keyOf((this.queue[seen] as Entry<Request, Answer>).request));
    const looked = this.queue.slice(0, seen);
    const behind = this.queue.slice(seen);
    if (keys.size === seen) {
      this.queue = behind;
      return looked;
    }
    // The first of a key takes it out of them.
    const isFirst = looked.map(({ request }) => keys.delete(this.keyOf(request)));
    this.queue = looked.filter((_, place) => !isFirst[place]).concat(behind);
    return looked.filter((_, place) => isFirst[place]);
  }

  /** Never rejects. @returns what tells those who asked */
  private async ask(batch: readonly Entry<Request, Answer>[]): Promise<() => void> {
    try {
      const answers = await this.run(batch.map((entry) => entry.request));
      return () => batch.forEach((entry, index) => entry.resolve(answers[index] as Answer));
    } catch (error) {
      if (batch.length === 1 || !this.blameItems(error))
        return () => batch.forEach((entry) => entry.reject(error));
      for (const entry of batch) (await this.ask([entry]))();
      return () => undefined;
    }
  }
}

/** A class: see young.ts. */
class Entry<Request, Answer> {
  constructor(
    readonly request: Request,
    readonly resolve: (answer: Answer) => void,
    readonly reject: (error: unknown) => void,
  ) {}
}
