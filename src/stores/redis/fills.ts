import { bounded } from '../bounded';
import { youngList } from '../young';
import type { RedisClient } from './client';
import { Script } from './scripts';
import { nodeOf } from './slot';

/** How late a fill may reach Redis before it is refused. */
export const MAX_LATE_MS = 10_000;
const MAX_BATCH = 128;
/** How long a fill may gather others: Redis and this process then work for them once, in nobody's way. */
const GATHER_MS = 5;

const fillScript = new Script('fill-n');
const timeScript = new Script('time-1');

export class Fill {
  /**
   * @param bytes undefined: nothing is stored, waiters are told all the same
   * @param endsAtMs monotonic time until which the entry may answer
   */
  constructor(
    readonly name: string,
    readonly bytes: Buffer | undefined,
    readonly endsAtMs: number,
  ) {}
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
  private queue = youngList<Fill>();
  private gathering: { readonly sent: Promise<void>; readonly send: () => void } | undefined;
  /** By node: each server of a cluster has its own. */
  private readonly clocks = new Map<string, Clock>();

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
    this.queue = youngList();
    await Promise.all(this.parts(batch).map((part) => this.sendPart(part)));
  }

  /** What can travel together: all of it, except that a cluster takes the entries of one slot at a time. */
  private parts(batch: readonly Fill[]): readonly (readonly Fill[])[] {
    if (batch.length === 0) return [];
    if (this.client.isCluster !== true) return [batch];
    const told = batch.filter(({ bytes }) => bytes === undefined);
    const alone = batch.filter(({ bytes }) => bytes !== undefined).map((fill) => [fill]);
    return told.length > 0 ? [told, ...alone] : alone;
  }

  private async sendPart(part: readonly Fill[]): Promise<void> {
    if (!this.admit()) return;
    const sentAtMs = performance.now();
    const report = (ok: boolean): void => this.report(ok, part.length, performance.now() - sentAtMs);
    try {
      if (await bounded(this.send(part), this.timeoutMs, 'Redis')) report(true);
    } catch {
      // Whoever answers next may be another server.
      this.clocks.clear();
      report(false);
    }
  }

  /** @returns whether Redis was asked: entries whose time is over are not worth it. */
  private async send(fills: readonly Fill[]): Promise<boolean> {
    const told = fills.filter(({ bytes }) => bytes === undefined);
    // No name has a line feed in it: escaped in a key, refused in a prefix.
    if (told.length > 0)
      await this.client.callBuffer('publish', this.channel, told.map(({ name }) => name).join('\n'));
    const stored = await this.store(fills.filter((fill): fill is Stored => fill.bytes !== undefined));
    return stored || told.length > 0;
  }

  private async store(fills: readonly Stored[]): Promise<boolean> {
    if (fills.length === 0) return false;
    const { name } = fills[0] as Stored;
    const sentAt = await this.redisNow(name);
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
    this.setClock(name, Number(reply[1]));
    return true;
  }

  /** The time of the server that has the name. */
  private async redisNow(name: string): Promise<number> {
    let clock = this.clocks.get(nodeOf(this.client, name));
    if (clock === undefined) {
      const [seconds, micros] = (await (this.client.isCluster === true
        ? timeScript.run(this.client, [name], [])
        : this.client.callBuffer('time'))) as [Buffer, Buffer];
      clock = this.setClock(name, Number(seconds) * 1000 + Math.floor(Number(micros) / 1000));
    }
    return Math.floor(clock.redisMs + (performance.now() - clock.atMs));
  }

  private setClock(name: string, redisMs: number): Clock {
    const clock = { redisMs, atMs: performance.now() };
    this.clocks.set(nodeOf(this.client, name), clock);
    return clock;
  }
}
