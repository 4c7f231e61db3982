import { HeaderVersionError } from '../errors';
import type { RecordedOutcome } from './recorded-outcome';

/** How much a workflow remembers of its messages. */
export interface MessageLimits {
  /** Keys of signals, and as many of updates, that a run remembers. */
  readonly keys: number;
  /** Size of what is handed to the next run, in bytes, and so of all outcomes of updates together. */
  readonly carryBytes: number;
}

/** Temporal Cloud takes memos of 40 KB in all; a codec adds to it, and the workflow has a memo of its own. */
export const DEFAULT_LIMITS: MessageLimits = { keys: 1000, carryBytes: 20_000 };

export interface RememberedUpdate {
  /** Digest of its arguments; '' when they had no canonical form. */
  readonly arguments: string;
  /** Absent when it was too big to keep, or gave way to newer ones. */
  readonly outcome: RecordedOutcome | undefined;
}

export type Arrival = 'first' | 'repeat' | 'other-arguments';

/** What travels from a run to the next. Fields may be added; `v` is raised when an older reader would misunderstand. */
export interface CarriedMessages {
  readonly v: number;
  readonly keys: number;
  readonly carryBytes: number;
  /** Oldest first: key digest and arguments digest, separated by `:` and `,`. */
  readonly signals: string;
  /** Oldest first. */
  readonly updates: readonly (readonly [key: string, args: string, outcome: RecordedOutcome | null])[];
}

const VERSION = 1;

interface Kept extends RememberedUpdate {
  readonly bytes: number;
}

/** Which keyed messages a workflow has had: bounded, oldest forgotten first. Pure: knows no workflow. */
export class MessageMemory {
  limits: MessageLimits = DEFAULT_LIMITS;
  /** Key digest → arguments digest, in order of arrival. */
  private readonly signals = new Map<string, string>();
  private readonly updates = new Map<string, Kept>();
  private outcomeBytes = 0;

  /**
   * @param carried what the run before handed over; anything else is no memory.
   * @throws HeaderVersionError when a newer version wrote it.
   */
  constructor(carried?: unknown) {
    const given = carried as Partial<CarriedMessages> | null | undefined;
    if (typeof given !== 'object' || typeof given?.v !== 'number') return;
    if (given.v > VERSION) throw new HeaderVersionError(given.v, VERSION);
    const { keys, carryBytes, signals, updates } = given as CarriedMessages;
    this.limits = { keys, carryBytes };
    for (const pair of signals === '' ? [] : signals.split(',')) {
      const [key, args] = pair.split(':') as [string, string];
      this.signals.set(key, args);
    }
    for (const [key, args, outcome] of updates) this.finished(key, args, outcome ?? undefined);
  }

  get empty(): boolean {
    return this.signals.size === 0 && this.updates.size === 0;
  }

  get size(): { readonly signals: number; readonly updates: number; readonly outcomeBytes: number } {
    return { signals: this.signals.size, updates: this.updates.size, outcomeBytes: this.outcomeBytes };
  }

  limit(limits: MessageLimits): void {
    this.limits = limits;
    this.forget();
  }

  /** What a signal is that arrives now; changes nothing. */
  arrival(key: string, args: string): Arrival {
    const before = this.signals.get(key);
    if (before === undefined) return 'first';
    return sameArguments(before, args) ? 'repeat' : 'other-arguments';
  }

  /** A signal goes to its handler. */
  delivered(key: string, args: string): void {
    if (this.signals.has(key)) return;
    this.signals.set(key, args);
    this.forget();
  }

  update(key: string): RememberedUpdate | undefined {
    return this.updates.get(key);
  }

  /** An update has its outcome. The first one stands. */
  finished(key: string, args: string, outcome: RecordedOutcome | undefined): void {
    if (this.updates.has(key)) return;
    const bytes = outcome === undefined ? 0 : JSON.stringify(outcome).length;
    this.updates.set(key, { arguments: args, outcome, bytes });
    this.outcomeBytes += bytes;
    this.forget();
  }

  /** For the next run: the newest that fit into `carryBytes`. Updates have at least half of it when they need it. */
  carried(): CarriedMessages {
    const { keys, carryBytes } = this.limits;
    const signals = [...this.signals].map(([key, args]) => `${key}:${args}`);
    const updates = [...this.updates].map(
      ([key, { arguments: args, outcome }]) => [key, args, outcome ?? null] as const,
    );
    const forAll = carryBytes - ENVELOPE_BYTES;
    const forSignals = Math.min(sum(signals.map(signalBytes)), forAll / 2);
    const keptUpdates = newest(
      updates,
      updateBytes,
      forAll - forSignals,
      ([key, args]) => [key, args, null] as const,
    );
    const keptSignals = newest(signals, signalBytes, forAll - sum(keptUpdates.map(updateBytes)));
    return { v: VERSION, keys, carryBytes, signals: keptSignals.join(','), updates: keptUpdates };
  }

  private forget(): void {
    const { keys, carryBytes } = this.limits;
    for (const key of oldest(this.signals, keys)) this.signals.delete(key);
    for (const key of oldest(this.updates, keys)) {
      this.outcomeBytes -= this.updates.get(key)?.bytes ?? 0;
      this.updates.delete(key);
    }
    if (this.outcomeBytes <= carryBytes / 2) return;
    // An outcome gives way before its key does: a repeat is then told so, and does not run again.
    for (const [key, kept] of this.updates) {
      if (this.outcomeBytes <= carryBytes / 2) return;
      if (kept.outcome === undefined) continue;
      this.outcomeBytes -= kept.bytes;
      this.updates.set(key, { ...kept, outcome: undefined, bytes: 0 });
    }
  }
}

/** Arguments without a canonical form are compared with nothing. */
export function sameArguments(before: string, now: string): boolean {
  return before === '' || now === '' || before === now;
}

const ENVELOPE_BYTES = 80;
const signalBytes = (signal: string): number => signal.length + 1;
const updateBytes = (update: CarriedMessages['updates'][number]): number => JSON.stringify(update).length + 1;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

function* oldest(map: ReadonlyMap<string, unknown>, keep: number): Generator<string> {
  let surplus = map.size - keep;
  for (const key of map.keys()) {
    if (surplus-- <= 0) return;
    yield key;
  }
}

/** The newest that fit; what does not fit whole is taken smaller, if it can be. */
function newest<T>(
  all: readonly T[],
  bytesOf: (one: T) => number,
  room: number,
  smaller: (one: T) => T = (one) => one,
): readonly T[] {
  const kept: T[] = [];
  let left = room;
  for (const whole of [...all].reverse()) {
    const one = bytesOf(whole) <= left ? whole : smaller(whole);
    left -= bytesOf(one);
    if (left < 0) break;
    kept.push(one);
  }
  return kept.reverse();
}
