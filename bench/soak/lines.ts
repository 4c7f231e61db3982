import { line, pointLine, type Line } from '../line';
import { median } from '../measure';
import { seriesOf, type Sample } from './samples';
import type { Judged, Verdict } from './verdict';

/** What is drawn: the memory of both processes. */
const DRAWN: ReadonlySet<string> = new Set([
  'worker heap after collection',
  'worker RSS',
  'client heap and external memory',
]);
const POINT_MS = 300_000;

/** The run as the page has it: what an hour adds to each figure, and points of a plot, each the median of five minutes. */
export function linesOf(samples: readonly Sample[], { judged }: Verdict): Line[] {
  return [...judged.map(hourLater), ...points(samples)];
}

/** The median, and what it would be an hour on by its slope. */
function hourLater({ name, unit, median, perHour, bounds, limit, finding }: Judged): Line {
  const onwards = (added: number): number => (median + added) / median;
  const [low, high] = bounds;
  const figures = { value: median + perHour, unit, floor: median };
  const told = line(
    `soak-${name.replaceAll(' ', '-')}`,
    { ...figures, ratio: onwards(perHour), interval: [onwards(low), onwards(high)] },
    { atMost: onwards(limit) },
  );
  // Doubt is no verdict in our favour.
  return { ...told, target: Number(onwards(limit).toFixed(2)), holds: finding === 'flat' };
}

function points(samples: readonly Sample[]): Line[] {
  return seriesOf(samples)
    .filter(({ name }) => DRAWN.has(name))
    .flatMap(({ name, unit, points }) => {
      const spanOf = ({ atMs }: { atMs: number }): number => Math.ceil(atMs / POINT_MS);
      return [...new Set(points.map(spanOf))].map((span) => {
        const value = median(points.filter((point) => spanOf(point) === span).map((point) => point.value));
        const point = line(name, { value, unit, floor: value }, undefined);
        return pointLine(point, 'soak', (span * POINT_MS) / 60_000, 'minutes');
      });
    });
}
