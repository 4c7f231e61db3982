import ms from 'ms';
import { InvalidOptionError } from '../errors';

/** Milliseconds, or words such as `30s`, `4h`, `2 days`. */
export type DurationInput = number | string;

const YEAR_MS = 366 * 24 * 3_600_000;

/**
 * @param option path of the option, for the error.
 * @returns milliseconds, more than 0 and at most ten years.
 * @throws InvalidOptionError
 */
export function durationMs(value: DurationInput, option: string): number {
  const parsed =
    typeof value === 'number' ? value : /\d/.test(value) ? ms(value as ms.StringValue) : undefined;
  if (parsed === undefined || !Number.isFinite(parsed) || parsed <= 0 || parsed > 10 * YEAR_MS) {
    throw new InvalidOptionError(
      option,
      `${JSON.stringify(value)} is not a duration`,
      'Give milliseconds or words such as 30s, 15m, 4h, 2d; more than 0 and at most ten years',
    );
  }
  return parsed;
}
