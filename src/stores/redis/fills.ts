import { bounded } from '../bounded';
import type { RedisClient } from './client';
import { Script } from './scripts';

/** How late a fill may reach Redis before it is refused. */
export const MAX_LATE_MS = 10_000;
const MAX_BATCH = 128;
/** How long a fill may gather others: Redis and this process then work for them once, in nobody's way. */
const GATHER_MS = 5;

const fillScript = new Script('fill-n');

export interface Fill {
  readonly name: string;
  /** Undefined: nothing is stored, waiters are told all the same. */
  readonly bytes: Buffer | undefined;
  /** Monotonic time until which the entry may answer. */
  readonly endsAtMs: number;
}

/** What Redis' clock said, and the local monotonic time of that reply. */
interface Clock {
  readonly redisMs: number;
  readonly atMs: number;
}

type Stored = Fill & { readonly bytes: Buffer };

/**
 * Outcomes offered to Redis, gathered and sent together, in nobody's way. The time of sending goes along, so
 * that a writer that was stalled is refused when it finally comes.
 */
export class Fills {
  private queue: Fill[] = [];
  private gathering: { readonly sent: Promise<void>; readonly send: () => void } | undefined;
  private clock: Clock | undefined;

  constructor(
    private readonly client: RedisClient,
    private readonly channel: string,
    private readonly timeoutMs: number,
    private readonly admit: () => boolean,
    private readonly report: (ok: boolean, fills: number, ms: number) => void,
  ) {}

  /** Resolves once the batch the fill went with was answered or given up. */
  add(fill: Fill): Promise<void> {
    this.queue.push(fill);
    this.gathering ??= this.gather();
    const { sent, send } = this.gathering;
    if (this.queue.length >= MAX_BATCH) send();
    return sent;
  }

  private gather(): { sent: Promise<void>; send: () => void } {
    let send: () => void = () => undefined;
    const sent = new Promise<void>((resolve) => {
      const timer = setTimeout(() => send(), GATHER_MS);
      send = () => {
        clearTimeout(timer);
        this.gathering = undefined;
        resolve(this.sendAll());
      };
    });
    return { sent, send };
  }

  private async sendAll(): Promise<void> {
    const batch = this.queue;
    this.queue = [];
    const size = this.client.isCluster === true ? 1 : MAX_BATCH;
    for (let at = 0; at < batch.length; at += size) {
      if (!this.admit()) return;
      const part = batch.slice(at, at + size);
      const sentAtMs = performance.now();
      const report = (ok: boolean): void => this.report(ok, part.length, performance.now() - sentAtMs);
      try {
        if (await bounded(this.send(part), this.timeoutMs, 'Redis')) report(true);
      } catch {
        report(false);
      }
    }
  }

  /** @returns whether Redis was asked: entries whose time is over are not worth it. */
  private async send(fills: readonly Fill[]): Promise<boolean> {
    const told = fills.filter(({ bytes }) => bytes === undefined);
    // No name has a line feed in it: escaped in a key, refused in a prefix.
    if (told.length > 0)
      await this.client.callBuffer('PUBLISH', this.channel, told.map(({ name }) => name).join('\n'));
    const stored = await this.store(fills.filter((fill): fill is Stored => fill.bytes !== undefined));
    return stored || told.length > 0;
  }

  private async store(fills: readonly Stored[]): Promise<boolean> {
    if (fills.length === 0) return false;
    const sentAt = await this.redisNow();
    const now = performance.now();
    const alive = fills.filter((fill) => fill.endsAtMs - now >= 1);
    if (alive.length === 0) return false;
    const reply = (await fillScript.run(
      this.client,
      alive.map(({ name }) => name),
      [
        Buffer.concat(alive.map(({ bytes }) => bytes)),
        sentAt,
        MAX_LATE_MS,
        this.channel,
        ...alive.flatMap(({ bytes, endsAtMs }) => [bytes.byteLength, Math.floor(endsAtMs - now)]),
      ],
    )) as [number, number];
    this.setClock(Number(reply[1]));
    return true;
  }

  private async redisNow(): Promise<number> {
    let { clock } = this;
    if (clock === undefined) {
      const [seconds, micros] = (await this.client.callBuffer('TIME')) as [Buffer, Buffer];
      clock = this.setClock(Number(seconds) * 1000 + Math.floor(Number(micros) / 1000));
    }
    return Math.floor(clock.redisMs + (performance.now() - clock.atMs));
  }

  private setClock(redisMs: number): Clock {
    return (this.clock = { redisMs, atMs: performance.now() });
  }
}
