import { InvalidOptionError } from '../errors';
import { HEALTH_WORKFLOW } from '../health-names';
import { HEALTH_DEFAULTS } from '../schedules/health/limits';
import type { StoreIdentity, StoreUpkeep } from '../stores/upkeep';
import { durationMs, type DurationInput } from './duration';
import {
  installRounds,
  upkeepName,
  type InstalledUpkeep,
  type InstallUpkeepOptions,
  type ScheduleOwner,
} from './install-upkeep';

/** What rounds of health look at. */
export interface HealthRoundOptions {
  /** How far back a round looks. Default 1 h: rounds are every few minutes. */
  readonly window?: DurationInput | undefined;
  /** A start later than this after its nominal time and jitter is late. Default 30 s. */
  readonly late?: DurationInput | undefined;
  /** A run is stuck after so many of its expected durations, or of the times it swallows. Default 3. */
  readonly stuck?: number | undefined;
  /** Whether schedules that no plan and no registry knows are findings. Default true. */
  readonly unowned?: boolean | undefined;
}

export interface HealthLimitOptions {
  readonly windowMs: number;
  readonly lateMs: number;
  readonly stuckFactor: number;
  readonly unowned: boolean;
}

const LEAST_WINDOW_MS = 60_000;
const LEAST_LATE_MS = 1_000;

/** @throws InvalidOptionError */
export function healthLimits({ window, late, stuck, unowned }: HealthRoundOptions): HealthLimitOptions {
  const stuckFactor = stuck ?? HEALTH_DEFAULTS.stuckFactor;
  if (!Number.isInteger(stuckFactor) || stuckFactor < 1)
    throw new InvalidOptionError(
      'upkeep.health.stuck',
      `${stuckFactor} is not acceptable`,
      'Give a whole number from 1',
    );
  return {
    windowMs: atLeast(window ?? '1h', 'upkeep.health.window', LEAST_WINDOW_MS, '1m'),
    lateMs: atLeast(late ?? HEALTH_DEFAULTS.lateMs, 'upkeep.health.late', LEAST_LATE_MS, '1s'),
    stuckFactor,
    unowned: unowned ?? true,
  };
}

function atLeast(given: DurationInput, option: string, leastMs: number, words: string): number {
  const ms = durationMs(given, option);
  if (ms >= leastMs) return ms;
  throw new InvalidOptionError(option, `${given} is too short`, `Give at least ${words}`);
}

/** The schedule of one store's rounds of health. */
export function healthName({ schema, storeId }: StoreIdentity): string {
  return `temporal-once-health/${schema}/${storeId.slice(0, 8)}`;
}

/** As `installUpkeep`, for rounds of health: the same workers do them. */
export async function installHealth(
  client: ScheduleOwner,
  upkeep: StoreUpkeep,
  options: InstallUpkeepOptions,
): Promise<InstalledUpkeep> {
  const identity = await upkeep.identity();
  const rounds = {
    scheduleId: healthName(identity),
    workflowType: HEALTH_WORKFLOW,
    taskQueue: upkeepName(identity),
  };
  return installRounds(client, rounds, options);
}
