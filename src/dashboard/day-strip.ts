import type { Run } from '../schedules/matrix/runs';
import { html, type Html } from './html';
import type { Mark } from './marks';

const DAY = 86_400;
const MINUTES = 1_440;
const LEFT = 200;
const LANE = 24;
const TOP = 24;
const WIDTH = LEFT + MINUTES;
/** Letters of a job's name that fit before its lane; all are in its title and in the table. */
const LABEL = 27;

/** One job's runs on the day. */
export interface Lane {
  readonly job: string;
  readonly runs: readonly Run[];
  readonly paused: boolean;
  readonly marks: readonly Mark[];
}

/** A day from `from` (seconds since 1970), a lane a job, a minute a unit; what collides stands out by colour and by height. */
export function dayStrip(title: string, from: number, lanes: readonly Lane[]): Html {
  const height = TOP + lanes.length * LANE + 4;
  const hours = Array.from({ length: 24 }, (_, hour) => {
    const x = LEFT + hour * 60;
    return html`<line class="grid" x1="${x}" x2="${x}" y1="${TOP - 6}" y2="${height}" /><text
        class="axis"
        x="${x + 2}"
        y="${TOP - 9}"
        >${String(hour).padStart(2, '0')}</text
      >`;
  });
  const rows = lanes.map(({ job, runs, paused, marks }, index) => {
    const y = TOP + index * LANE;
    const name = job.length > LABEL ? `${job.slice(0, LABEL - 1)}…` : job;
    return html`<g class="${paused ? 'paused' : ''}"
      ><title>${job}</title>
      <text class="lane" x="0" y="${y + 16}">${name}</text>
      <path class="runs" d="${blocks(runs, from, false, y + 6, 12)}" />
      <path
        class="collides"
        d="${blocks(runs, from, true, y + 2, 20)}"
      />${marks.map((mark) => marked(mark, from, y))}</g
    >`;
  });
  return html`<div class="scroll" role="region" aria-label="${title}" tabindex="0">
    <svg
      class="strip"
      viewBox="0 0 ${WIDTH} ${height}"
      role="img"
      aria-label="${title}. The tables below say the same."
    >
      ${hours}${rows}
    </svg>
  </div>`;
}

/** From the first to the last instant, with a diamond at the first: what it is stands in its title and in the table. */
function marked({ finding, fromSeconds, untilSeconds }: Mark, from: number, y: number): Html {
  const at = (seconds: number): number => round(LEFT + Math.min(MINUTES, Math.max(0, (seconds - from) / 60)));
  const [x, end] = [at(fromSeconds), at(untilSeconds)];
  return html`<path
    class="mark ${finding.severity}"
    d="M${x} ${y + 16}l5 4l-5 4l-5 -4zM${x} ${y + 19}h${round(end - x)}v2h${round(x - end)}z"
    ><title>${finding.rule}: ${finding.proof}</title></path
  >`;
}

/** Runs as one path of rectangles; those that touch are one. */
function blocks(runs: readonly Run[], from: number, collides: boolean, y: number, height: number): string {
  const spans: [number, number][] = [];
  for (const run of runs) {
    if (run.collides !== collides) continue;
    const begin = Math.floor((run.begin - from) / 60);
    // Never thinner than can be seen.
    const end = Math.min(MINUTES, Math.max(begin + 1.5, (Math.min(run.end, from + DAY) - from) / 60));
    const last = spans.at(-1);
    if (last !== undefined && begin <= last[1]) last[1] = Math.max(last[1], end);
    else spans.push([begin, end]);
  }
  return spans
    .map(([begin, end]) => `M${LEFT + begin} ${y}h${round(end - begin)}v${height}h${round(begin - end)}z`)
    .join('');
}

const round = (value: number): number => Math.round(value * 10) / 10;
