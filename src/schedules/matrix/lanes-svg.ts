import type { Horizon } from '../validate/meetings';
import { durationText, instantText } from '../validate/wording';
import type { Run } from './runs';

const WIDTH = 1440;
const LEFT = 160;
const LANE = 22;
const TOP = 56;
const TICKS = 24;
const TWO_DAYS = 2 * 86_400;
/** Letters of a queue's name that fit before its lane; all are in its title. */
const LABEL = 26;
const COLOURS = { run: '#4a7ab5', collides: '#c0392b', line: '#cccccc', text: '#222222' };

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand in SVG; what XML can't hold at all is replaced. */
export function escapeXml(text: string): string {
  return text
    .replace(
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
      '\ufffd',
    )
    .replace(/[&<>"']/g, (char) => ESCAPES[char] as string);
}

/** Runs over time as SVG, a lane for each task queue, those that collide in red and said so in their titles. */
export function lanesSvg(title: string, runs: readonly Run[], { from, until }: Horizon): string {
  const queues = [...new Set(runs.map(({ job }) => job.workflow.taskQueue))].sort();
  const height = TOP + queues.length * LANE + 10;
  const x = (at: number): number => round(LEFT + ((at - from) / (until - from)) * (WIDTH - LEFT));
  const y = (queue: string): number => TOP + queues.indexOf(queue) * LANE;
  const text = (left: number, top: number, words: string): string =>
    `<text x="${left}" y="${top}" fill="${COLOURS.text}">${escapeXml(words)}</text>`;
  const ticks = Array.from({ length: TICKS }, (_, index) => {
    const at = from + Math.round(((until - from) * index) / TICKS);
    const line = `<line x1="${x(at)}" y1="${TOP - 8}" x2="${x(at)}" y2="${height}" stroke="${COLOURS.line}"/>`;
    const label = instantText(at).slice(...(until - from > TWO_DAYS ? [5, 10] : [11, 16]));
    return `${line}${text(x(at) + 2, TOP - 10, label)}`;
  });
  const lanes = queues.map(
    (queue) => `<g><title>${escapeXml(queue)}</title>${text(4, y(queue) + 15, shortened(queue))}</g>`,
  );
  const rectangles = runs.map(({ job, begin, end, collides }) => {
    const width = Math.max(1, round(x(Math.min(end, until)) - x(begin)));
    const said = `${job.name} at ${instantText(begin)} for ${durationText((end - begin) * 1000)}${collides ? ', collides' : ''}`;
    return `<rect x="${x(begin)}" y="${y(job.workflow.taskQueue) + 3}" width="${width}" height="${LANE - 6}" fill="${collides ? COLOURS.collides : COLOURS.run}" fill-opacity="0.8"><title>${escapeXml(said)}</title></rect>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="plan-title" font-family="sans-serif" font-size="11">`,
    `<title id="plan-title">${escapeXml(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(4, 16, title),
    `<text x="${LEFT}" y="32" fill="${COLOURS.collides}">red: a collision, on a resource or in a minute that the plan avoids</text>`,
    ...ticks,
    ...lanes,
    ...rectangles,
    '</svg>',
    '',
  ].join('\n');
}

const shortened = (name: string): string => (name.length > LABEL ? `${name.slice(0, LABEL - 1)}…` : name);
const round = (value: number): number => Math.round(value * 100) / 100;
