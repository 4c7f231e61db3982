const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
];

/** `3d 4h`, `12m 5s`, `0s`: the two greatest units, for a person. */
export function durationText(ms: number): string {
  const first = UNITS.findIndex(([, unit]) => ms >= unit);
  if (first === -1) return '0s';
  let rest = ms;
  return UNITS.slice(first, first + 2)
    .map(([name, unit]) => {
      const count = Math.floor(rest / unit);
      rest -= count * unit;
      return count === 0 ? '' : `${count}${name}`;
    })
    .filter((text) => text !== '')
    .join(' ');
}
