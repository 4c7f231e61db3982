import type { Horizon } from './meetings';

const YEAR_MS = 365 * 86_400_000;
const MINUTE_MS = 60_000;

export interface ValidateOptions {
  /** Beginning of the horizon, brought down to a whole minute; default: now. */
  readonly from?: Date | undefined;
  /** Length of the horizon in milliseconds, brought up to a whole minute; default: 365 days. */
  readonly horizonMs?: number | undefined;
}

export function horizonOf({ from, horizonMs = YEAR_MS }: ValidateOptions): Horizon {
  const begin = Math.floor((from ?? new Date()).getTime() / MINUTE_MS) * 60;
  return { from: begin, until: begin + Math.ceil(horizonMs / MINUTE_MS) * 60 };
}
