import { InvalidOptionError } from '../errors';
import { durationMs, type DurationInput } from './duration';

export interface CoverageOptions {
  /** What counts: types that workers declared or ran within that time, and those runs. Default 1 day, at least 10 min. */
  readonly since?: DurationInput | undefined;
  readonly namespace?: string | undefined;
  readonly taskQueue?: string | undefined;
}

/** Running workers say their types again every five minutes. */
const LEAST_MS = 10 * 60_000;

/** @returns milliseconds. @throws InvalidOptionError */
export function coverageSpan({ since }: Pick<CoverageOptions, 'since'>): number {
  const ms = durationMs(since ?? '1d', 'since');
  if (ms >= LEAST_MS) return ms;
  throw new InvalidOptionError('since', `${since} is too short`, 'Give at least 10m');
}
