import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidOptionError } from '../errors';
import type { Replayed, StoreUpkeep } from '../stores/upkeep';
import type { ReadDurations } from '../registry/duration-history';
import type { RunServer } from '../temporal/run-server';
import type { RunsClient } from '../temporal/scheduled-runs';
import { durationMs, type DurationInput } from './duration';
import type { LookedAt } from './start-records';

export interface UpkeepOptions {
  /** How long a key must have been free before its record is deleted. Default 10 min, at least 1 min. */
  readonly rest?: DurationInput | undefined;
  /** How long counters are kept. Default 30 days, at least an hour. */
  readonly keepCounts?: DurationInput | undefined;
}

export interface UpkeepLimits {
  readonly restMs: number;
  readonly keepCountsMs: number;
}

export interface RunUpkeepOptions extends UpkeepOptions {
  /**
   * A Temporal client, to read what became of workflow starts in its namespace, and how long the runs of registered schedules
   * took. Default: they are left alone.
   */
  readonly client?: (RunServer & RunsClient) | undefined;
}

export interface UpkeepReport extends Replayed {
  /** Records at rest that were deleted. */
  readonly swept: number;
  /** Old counts, steps, finished invalidations and starts whose retention is over that were deleted. */
  readonly trimmed: number;
  /** Started workflows whose end was read and whose outcome was recorded. */
  readonly startOutcomes: number;
  /** Started workflows that the server has forgotten before their end was read. */
  readonly startsLost: number;
  /** Schedules of which it was read how long their runs took. */
  readonly schedulesRead: number;
}

/** Told between the small steps of a round; throws to end it there. */
export type Beat = () => void;

/** A call of the sweep looks at half a megabyte: a few hundred to a few thousand records, some milliseconds. */
const BLOCKS = 64;
/** So many times as long as a statement took passes until the next. */
const RESTS = 3;
/** However long a statement took: a database in trouble is left alone by the activity's own retries. */
const MOST_REST_MS = 1_000;
/** No statement of this package is waited for as long as this (see query_timeout). */
const LEAST_REST_MS = 60_000;
const LEAST_KEEP_MS = 3_600_000;

/** @throws InvalidOptionError */
export function upkeepLimits({ rest, keepCounts }: UpkeepOptions): UpkeepLimits {
  return {
    restMs: atLeast(rest ?? '10m', 'upkeep.rest', LEAST_REST_MS, '1m'),
    keepCountsMs: atLeast(keepCounts ?? '30d', 'upkeep.keepCounts', LEAST_KEEP_MS, '1h'),
  };
}

function atLeast(given: DurationInput, option: string, leastMs: number, words: string): number {
  const ms = durationMs(given, option);
  if (ms >= leastMs) return ms;
  throw new InvalidOptionError(option, `${given} is too short`, `Give at least ${words}`);
}

/**
 * One part of a sweep: goes on for as long as the budget lasts, or to the end of the table. After each statement it rests for
 * three times as long as that took, so that a quarter of the database's time at most is the sweep's, whatever the machine.
 */
export async function sweepFor(
  upkeep: StoreUpkeep,
  { restMs }: UpkeepLimits,
  budgetMs: number,
  beat: Beat,
): Promise<{ readonly swept: number; readonly done: boolean }> {
  const startedAtMs = performance.now();
  let swept = 0;
  for (;;) {
    beat();
    const askedAtMs = performance.now();
    const part = await upkeep.sweep({ restMs, blocks: BLOCKS });
    swept += part.swept;
    if (part.done) return { swept, done: true };
    if (performance.now() - startedAtMs > budgetMs) return { swept, done: false };
    await sleep(Math.min(MOST_REST_MS, RESTS * (performance.now() - askedAtMs)));
  }
}

/** Trims until nothing is left or the budget is spent. */
export async function trimFor(
  upkeep: StoreUpkeep,
  { keepCountsMs }: UpkeepLimits,
  budgetMs: number,
  beat: Beat,
): Promise<number> {
  const startedAtMs = performance.now();
  for (let trimmed = 0; ;) {
    beat();
    const part = await upkeep.trim(keepCountsMs);
    trimmed += part;
    if (part === 0 || performance.now() - startedAtMs > budgetMs) return trimmed;
  }
}

/** Reads what became of starts until none is due. */
export type LookAtStarts = (budgetMs: number, beat: Beat) => Promise<LookedAt>;

/** Reads how long the runs of schedules took until none is due. */
export type ReadRunDurations = (budgetMs: number, beat: Beat) => Promise<ReadDurations>;

/** A whole round, here and now. */
export async function runUpkeep(
  upkeep: StoreUpkeep,
  limits: UpkeepLimits,
  lookAtStarts: LookAtStarts | undefined,
  readDurations: ReadRunDurations | undefined,
): Promise<UpkeepReport> {
  const beat = (): void => undefined;
  // First: what the server forgets meanwhile is lost, all else can wait.
  const looked = await lookAtStarts?.(Infinity, beat);
  const { replayed, pending } = await upkeep.replayInvalidations();
  const { swept } = await sweepFor(upkeep, limits, Infinity, beat);
  const trimmed = await trimFor(upkeep, limits, Infinity, beat);
  const { startOutcomes = 0, startsLost = 0 } = looked ?? {};
  const { schedulesRead = 0 } = (await readDurations?.(Infinity, beat)) ?? {};
  return { swept, trimmed, replayed, pending, startOutcomes, startsLost, schedulesRead };
}
