import ms, { type StringValue } from 'ms';

const UNIT_NANOS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const PART = /^(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/;
const MOST_NANOS = 2n ** 63n - 1n;

/**
 * A duration as the server and the CLI read it: Go's texts (`90m`, `1h30m`, `1.5h`, `-5s`, `0`) with days of 24 hours (`2d`).
 * @returns milliseconds, or undefined for any other text.
 */
export function parseGoDuration(text: string): number | undefined {
  // The server turns days into hours before Go sees the text, with six decimals.
  const hours = text.replace(
    /(\d+(?:\.\d*)?|\.\d+)d/g,
    (_, days: string) => `${(24 * Number(days)).toFixed(6)}h`,
  );
  const sign = /^[+-]/.exec(hours)?.[0] ?? '';
  let rest = hours.slice(sign.length);
  if (rest === '0') return 0;
  if (rest === '') return undefined;
  let nanos = 0n;
  while (rest !== '') {
    const [whole, digits = '', fraction = '', unit = ''] = PART.exec(rest) ?? [];
    if (whole === undefined || digits + fraction === '') return undefined;
    const perUnit = UNIT_NANOS[unit] ?? 0n;
    nanos +=
      BigInt(digits || '0') * perUnit + (BigInt(fraction || '0') * perUnit) / 10n ** BigInt(fraction.length);
    if (nanos > MOST_NANOS) return undefined;
    rest = rest.slice(whole.length);
  }
  const value = Number(nanos) / 1e6;
  return sign === '-' ? -value : value;
}

/** A duration as a person gives it: milliseconds, Go's texts, or those of the SDK (`2 hours`). */
export function readDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const read = parseGoDuration(value);
  if (read !== undefined) return read;
  // ms throws on an empty text and on one of more than 100 characters.
  if (value === '' || value.length > 100) return undefined;
  const loose = ms(value as StringValue) as number | undefined;
  return Number.isFinite(loose) ? loose : undefined;
}
