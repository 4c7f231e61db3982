import { durationWords } from '../duration-words';

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;

/** `1h30m`, `0s`, `-5m`, `1y` for 365 days; the units of plan files. */
export function durationText(ms: number): string {
  if (!Number.isFinite(ms)) return 'more than 285 million years';
  if (ms < 0) return `-${durationText(-ms)}`;
  if (ms === YEAR_MS) return '1y';
  const whole = Math.round(ms);
  // A day that is not whole reads better in hours.
  return durationWords(whole, whole % DAY_MS !== 0 && whole < 10 * DAY_MS ? 'h' : 'd');
}

export const secondsText = (seconds: number): string => durationText(seconds * 1000);

/** `2026-01-01T00:30:00Z`, of seconds since 1970. */
export function instantText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** `35,040`. */
export function numberText(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

export const times = (count: number): string => (count === 1 ? 'once' : `${numberText(count)} times`);

/** `a, b and c`; of many names the first few. */
export function namesText(names: readonly string[], most = 6): string {
  const shown = names.length > most ? [...names.slice(0, most), `${names.length - most} more`] : [...names];
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}
