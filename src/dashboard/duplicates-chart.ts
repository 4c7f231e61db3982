import { ANSWERS, type Answer, type Bar } from './duplicates';
import { html, number, table, type Html } from './html';

const WIDTH = 960;
const HEIGHT = 220;
const LEFT = 48;
const BOTTOM = 24;
const TOP = 12;
const GRID = 4;
const LABELS = 8;
const NAMES = Object.keys(ANSWERS) as Answer[];

/** Bars over time, and the same as a table. */
export function duplicatesChart(title: string, bars: readonly Bar[]): Html {
  const total = bars.reduce((sum, bar) => sum + bar.total, 0);
  const top = niceCeiling(Math.max(1, ...bars.map((bar) => bar.total)));
  const floor = HEIGHT - BOTTOM;
  const scale = (floor - TOP) / top;
  const step = (WIDTH - LEFT) / bars.length;
  const every = Math.ceil(bars.length / LABELS);
  const grid = Array.from({ length: GRID + 1 }, (_, line) => {
    const y = round(floor - ((floor - TOP) * line) / GRID);
    const value = (top * line) / GRID;
    return html`<line class="grid" x1="${LEFT}" x2="${WIDTH}" y1="${y}" y2="${y}" />
      ${Number.isInteger(value) ? html`<text class="axis" x="${LEFT - 6}" y="${y + 4}" text-anchor="end">${number(value)}</text>` : ''}`;
  });
  const columns = bars.map((bar, at) => {
    let y = floor;
    const x = round(LEFT + at * step + step * 0.1);
    const blocks = NAMES.map((name) => {
      const height = round(bar.answered[name] * scale);
      if (height === 0) return '';
      y = round(y - height);
      return html`<rect class="${name}" x="${x}" y="${y}" width="${round(step * 0.8)}" height="${height}" />`;
    });
    const label =
      at % every === 0
        ? html`<text class="axis" x="${round(x + step * 0.4)}" y="${HEIGHT - 6}" text-anchor="middle"
            >${bar.label}</text
          >`
        : '';
    return html`<g><title>${bar.label}: ${number(bar.total)}</title>${blocks}</g>${label}`;
  });
  return html`<figure class="chart">
    <figcaption>${title}</figcaption>
    <svg
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      role="img"
      aria-label="${title}: ${number(total)} in all. The table below has the numbers."
    >
      ${grid}${columns}
    </svg>
    <ul class="legend">
      ${NAMES.map((name) => html`<li><span class="swatch ${name}" aria-hidden="true"></span> ${ANSWERS[name].title}</li>`)}
    </ul>
    <details>
      <summary>The numbers</summary>
      ${table(
        title,
        ['From', 'Duplicates', ...NAMES.map((name) => ANSWERS[name].title)],
        bars.map(
          (bar) =>
            html`<tr>
              <th scope="row">${bar.label}</th>
              <td>${number(bar.total)}</td>
              ${NAMES.map((name) => html`<td>${number(bar.answered[name])}</td>`)}
            </tr>`,
        ),
        'Nothing was counted.',
      )}
    </details>
  </figure>`;
}

/** The next number above that divides into four parts one can read. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return (
    (([1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10] as const).find((one) => one * power >= value) ?? 10) * power
  );
}

const round = (value: number): number => Math.round(value * 100) / 100;
