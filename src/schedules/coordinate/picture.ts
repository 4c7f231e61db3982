import type { Plan } from '../job';
import { hoursOf, hoursText } from '../matrix/hours';
import { lanesSvg } from '../matrix/lanes-svg';
import { runsOf } from '../matrix/runs';
import type { Horizon } from '../validate/meetings';

/** The starts of one day by hour and minute, before and after. */
export function beforeAfterText(before: Plan, after: Plan, day: Horizon): string {
  const rows = [before, after].map((plan) => hoursText(hoursOf(runsOf(plan, day))));
  return `before\n${rows[0]}\n\nafter\n${rows[1]}\n\n· none   1–9 starts (of the fullest day)   + more   ! a collision`;
}

/** Runs over time, before above and after below, a lane for each task queue. */
export function beforeAfterSvg(before: Plan, after: Plan, day: Horizon): string {
  const pictures = [
    lanesSvg(`Plan ${before.name}, before`, runsOf(before, day), day),
    lanesSvg(`Plan ${after.name}, after`, runsOf(after, day), day),
  ];
  const sizes = pictures.map((svg) => {
    const [, width = '0', height = '0'] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? [];
    return { width: Number(width), height: Number(height) };
  });
  const width = Math.max(...sizes.map((size) => size.width));
  let top = 0;
  const parts = pictures.map((svg, index) => {
    const { width: own = 0, height = 0 } = sizes[index] ?? {};
    const word = index === 0 ? 'before' : 'after';
    const placed = svg
      .trimEnd()
      .replace('<svg ', `<svg y="${top + 16}" width="${own}" height="${height}" `)
      .replaceAll('plan-title', `plan-title-${word}`);
    const label = `<text x="4" y="${top + 12}" font-family="sans-serif" font-size="12" fill="#222222">${word}</text>`;
    top += height + 24;
    return `${label}\n${placed}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top}">\n<rect width="${width}" height="${top}" fill="#ffffff"/>\n${parts.join('\n')}\n</svg>\n`;
}
