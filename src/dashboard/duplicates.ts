import type { CountPath } from '../idempotency/counters';

/** How a duplicate was answered. */
export const ANSWERS = {
  redis: { title: 'by Redis', paths: ['redis'] },
  postgres: { title: 'by Postgres', paths: ['postgres', 'preflight', 'occurrence_replayed'] },
  waited: { title: 'after waiting for the first', paths: ['waited'] },
  server: { title: 'by the Temporal server', paths: ['server'] },
} as const satisfies Record<string, { title: string; paths: readonly CountPath[] }>;

export type Answer = keyof typeof ANSWERS;
const NAMES = Object.keys(ANSWERS) as Answer[];

/** A span of time, and how many duplicates were answered in it. */
export interface Bar {
  readonly from: Date;
  /** For people: `14:00`, `2026-01-31`. */
  readonly label: string;
  readonly answered: Readonly<Record<Answer, number>>;
  readonly total: number;
}

export interface Counted {
  readonly path: string;
  readonly count: number;
}

export function barOf(from: Date, label: string, counts: readonly Counted[]): Bar {
  const answered = Object.fromEntries(
    NAMES.map((name) => [name, sumOf(counts, ANSWERS[name].paths)]),
  ) as Record<Answer, number>;
  return { from, label, answered, total: NAMES.reduce((sum, name) => sum + answered[name], 0) };
}

export function sumOf(counts: readonly Counted[], paths: readonly string[]): number {
  return counts.reduce((sum, { path, count }) => (paths.includes(path) ? sum + count : sum), 0);
}
