/** What a placement is judged by, in this order: the first difference decides. */
export interface Figures {
  /** Pairs of jobs that overlap, come nearer than they are to be separate, or are the same. */
  readonly clashes: number;
  /** Starts above what `avoid` allows. */
  readonly crowded: number;
  /** By how much peaks of queues, and of all of them, are above those of the plan as given. */
  readonly raised: number;
  /** By how much peaks of queues are above their capacity. */
  readonly overCapacity: number;
  /** Peaks of the queues, summed. */
  readonly queuePeaks: number;
  /** Most runs at once over all queues. */
  readonly peak: number;
  /** Jobs that are moved. */
  readonly moves: number;
  /** Minutes that they are moved by, summed. */
  readonly distance: number;
}

const ORDER = [
  'clashes',
  'crowded',
  'raised',
  'overCapacity',
  'queuePeaks',
  'peak',
  'moves',
  'distance',
] as const satisfies readonly (keyof Figures)[];

/** Below 0 when `a` is the better one. */
export function compareFigures(a: Figures, b: Figures): number {
  for (const name of ORDER) if (a[name] !== b[name]) return a[name] - b[name];
  return 0;
}

/** The same without moves and distance: what moving is for. */
export function isBetterPlan(a: Figures, b: Figures): boolean {
  return compareFigures({ ...a, moves: 0, distance: 0 }, { ...b, moves: 0, distance: 0 }) < 0;
}
