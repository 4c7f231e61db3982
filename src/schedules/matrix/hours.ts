import type { Run } from './runs';

const MINUTES = 60;
const HOURS = 24;

/** Starts by hour of the day and minute of the hour, UTC. */
export interface Cell {
  /** Most starts in this minute on one day. */
  readonly starts: number;
  readonly jobs: readonly string[];
  readonly collides: boolean;
}

/** 24 rows of 60 cells. */
export function hoursOf(runs: readonly Run[]): Cell[][] {
  const cells = Array.from({ length: HOURS * MINUTES }, () => ({
    byDay: new Map<number, number>(),
    jobs: new Set<string>(),
    collides: false,
  }));
  for (const { job, begin, collides } of runs) {
    const day = Math.floor(begin / 86_400);
    const cell = cells[Math.floor((begin - day * 86_400) / 60)];
    if (cell === undefined) continue;
    cell.byDay.set(day, (cell.byDay.get(day) ?? 0) + 1);
    cell.jobs.add(job.name);
    cell.collides ||= collides;
  }
  return Array.from({ length: HOURS }, (_, hour) =>
    cells.slice(hour * MINUTES, (hour + 1) * MINUTES).map(({ byDay, jobs, collides }) => ({
      starts: Math.max(0, ...byDay.values()),
      jobs: [...jobs],
      collides,
    })),
  );
}

/** The rows as text: `·` for no start, the number of starts, `+` above nine, `!` where a run collides. */
export function hoursText(rows: readonly (readonly Cell[])[]): string {
  const tens = Array.from(
    { length: MINUTES / 5 },
    (_, index) => `:${String(index * 5).padStart(2, '0')}  `,
  ).join('');
  const lines = rows.map((row, hour) => `${String(hour).padStart(2, '0')}  ${row.map(mark).join('')}`);
  return [`    ${tens.trimEnd()}`, ...lines].join('\n');
}

function mark({ starts, collides }: Cell): string {
  if (collides) return '!';
  if (starts === 0) return '·';
  return starts > 9 ? '+' : String(starts);
}
