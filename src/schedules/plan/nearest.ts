/** Letters to add, leave out, exchange or swap with a neighbour to make one text of the other. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const at = (up: number, left: number): number => (up === 0 ? row : rows[i - up])?.[j - left] ?? 0;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          at(1, 0) + 1,
          at(0, 1) + 1,
          at(1, 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
          swapped ? at(2, 2) + 1 : Infinity,
        ),
      );
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] ?? 0;
}

/** A plan of thousands of slips among thousands of jobs is refused in seconds too. */
const MOST_COMPARED = 500;

/** The known name that a person may have meant, if one is near. Case, `_` and `-` do not count. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  // Nobody mistypes that much, and the distance costs the product of the lengths.
  if (name.length > 100) return undefined;
  const plain = (text: string): string => text.toLowerCase().replace(/[_-]/g, '');
  const wanted = plain(name);
  let best: string | undefined;
  let least = Math.min(3, Math.floor(wanted.length / 3) + 1);
  for (const candidate of known.slice(0, MOST_COMPARED)) {
    if (Math.abs(candidate.length - name.length) > 3 + least) continue;
    const distance = editDistance(wanted, plain(candidate));
    if (distance < least || (distance === 0 && best === undefined)) [best, least] = [candidate, distance];
  }
  return best;
}

/** `Did you mean x?`, or else the names there are. */
export function orNearest(name: string, known: readonly string[], what: string): string {
  const near = nearest(name, known);
  if (near !== undefined) return `Did you mean ${near}?`;
  if (known.length === 0) return `There are no ${what}.`;
  const shown = known.slice(0, 20).join(', ');
  return `Known ${what}: ${shown}${known.length > 20 ? ' …' : ''}.`;
}
