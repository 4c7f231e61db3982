/** What a process wrote down of its calls, in order. */
export type Line =
  | {
      readonly is: 'began';
      readonly key: string;
      /** Names this run of the body, and is its result. */
      readonly body: string;
      readonly fence: string;
      /** Above 1: the body was told that an earlier holder vanished. */
      readonly attempt: number;
    }
  | { readonly is: 'answered'; readonly key: string; readonly body: string }
  | { readonly is: 'refused'; readonly key: string };

/** What stands in the store afterwards. */
export interface Recorded {
  /** Result by key, of completed records. */
  readonly results: ReadonlyMap<string, string>;
  /** Keys of which it was counted that an outcome was answered and could not be recorded. */
  readonly unrecorded: ReadonlySet<string>;
}

/** Keys of outcomes that somebody was answered with and that the store no longer has. */
export function lostOutcomes(lines: readonly Line[], { results, unrecorded }: Recorded): string[] {
  const promised = lines.filter((line) => line.is === 'answered' && !unrecorded.has(line.key));
  return [...new Set(promised.map(({ key }) => key).filter((key) => !results.has(key)))];
}

/** What else was promised and is not so, in words. */
export function brokenPromises(lines: readonly Line[], recorded: Recorded): string[] {
  const faults: string[] = [];
  const told = new Map<string, string>();
  const first = new Map<string, string>();
  const fences = new Map<string, string>();
  for (const line of lines) {
    const { key } = line;
    if (line.is === 'answered' && !recorded.unrecorded.has(key)) {
      const other = told.get(key) ?? line.body;
      if (other !== line.body)
        faults.push(`${key}: ${other} was answered to one and ${line.body} to another`);
      told.set(key, line.body);
      const stands = recorded.results.get(key) ?? line.body;
      if (stands !== line.body) faults.push(`${key}: ${line.body} was answered and ${stands} stands`);
    }
    if (line.is !== 'began') continue;
    const holder = fences.get(line.fence);
    if (holder !== undefined) faults.push(`fence ${line.fence} was given to ${holder} and to ${key}`);
    fences.set(line.fence, key);
    if (line.attempt > 1) continue;
    const other = first.get(key);
    if (other !== undefined)
      faults.push(`${key}: ${other} and ${line.body} ran, and neither was told of the other`);
    first.set(key, line.body);
  }
  return faults;
}
