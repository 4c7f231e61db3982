const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** As a plan file writes it: `1h30m`, `0s`; in units from the largest one that is wanted. */
export function durationWords(ms: number, largest: 'd' | 'h' = 'd'): string {
  let rest = ms;
  let text = '';
  for (const [unit, size] of UNITS) {
    if (unit === 'd' && largest === 'h') continue;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  if (rest > 0) text += `${rest}ms`;
  return text === '' ? '0s' : text;
}
