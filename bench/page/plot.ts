import { pathToFileURL } from 'node:url';
import type { Line } from '../line';
import { peerModulePath } from '../peers/peer';

interface VegaLite {
  compile(spec: object): { spec: object };
}
interface Vega {
  parse(spec: object): object;
  readonly View: new (flow: object, options: { renderer: 'none' }) => { toSVG(): Promise<string> };
}

const WIDTH_PX = 560;
const BAND_PX = 26;
const HEIGHT_PX = 280;
const INK = '#1f2328';
const RULES = '#d0d7de';
const OURS = '#d9730d';
const OTHERS = '#5b8def';
const SERIES = [OURS, OTHERS, '#2a9d8f', '#b07aa1', '#8a8f98'];

/** Where the reader's screen is dark, ink and rules turn; the colours of the data are read on both. */
const DARK = `<style>@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } [stroke="${INK}"] { stroke: #e6edf3 } [stroke="${RULES}"] { stroke: #3d444d }
}</style>`;

/** The lines of a group as SVG: along an axis where they are points of series, else one under the other. */
export async function plot(title: string, lines: readonly Line[]): Promise<string> {
  const svg = await drawn(lines.some(({ at }) => at !== undefined) ? series(lines) : bands(lines), title);
  return svg.replace(/(<svg[^>]*>)/, `$1${DARK}`) + '\n';
}

function bands(lines: readonly Line[]): object {
  const shares = lines.every(
    ({ value, floor, ratio }) => Math.abs(value / floor - ratio) < 0.01 && ratio <= 1,
  );
  const values = lines
    .filter(({ name, value }) => !name.includes('/once-to-') && value > 0)
    .map((line) => ({ ...line, label: line.name.replace(/^[^/]*\//, '') }));
  const unit = values[0]?.unit ?? '';
  const y = { field: 'label', type: 'nominal', sort: null, axis: { title: null, labelLimit: 260 } };
  // Lengths compare parts of a whole; what lies orders of magnitude apart is compared by place, on a logarithmic axis.
  const scale = shares ? { type: 'linear' } : { type: 'log', nice: true };
  const title = `${shown(unit)}${shares ? '' : `, logarithmic; ${unit.endsWith('/s') ? 'more' : 'less'} is better`}`;
  const x = { field: 'value', type: 'quantitative', scale, axis: { title, tickCount: shares ? 8 : 4 } };
  const color = {
    condition: { test: "indexof(datum.label, 'temporal-once') === 0", value: OURS },
    value: OTHERS,
  };
  const mark = shares ? { type: 'bar', size: 14 } : { type: 'point', filled: true, size: 110, opacity: 1 };
  const text = { type: 'text', align: 'left', dx: 8, color: INK };
  return {
    data: { values },
    height: values.length * BAND_PX,
    layer: [
      { mark, encoding: { x, y, color } },
      { mark: text, encoding: { x, y, text: { field: 'value', type: 'quantitative', format: ',.3~r' } } },
    ],
  };
}

function series(lines: readonly Line[]): object {
  const values = lines
    .filter(({ at }) => at !== undefined)
    .map((line) => ({ ...line, series: line.name.replace(/\/at=.*$/, '') }));
  const names = [...new Set(values.map((one) => one.series))];
  const ats = values.map(({ at = 0 }) => at);
  const wide = Math.min(...ats) > 0 && Math.max(...ats) / Math.min(...ats) >= 50;
  const scale = { type: wide ? 'log' : 'linear', zero: false, nice: false };
  const units = [...new Set(values.map(({ unit }) => shown(unit)))].join(', ');
  return {
    data: { values },
    height: HEIGHT_PX,
    mark: { type: 'line', point: { filled: true, size: 60 } },
    encoding: {
      x: {
        field: 'at',
        type: 'quantitative',
        scale,
        axis: { title: values[0]?.atUnit ?? null, values: [...new Set(ats)], format: ',~s' },
      },
      y: { field: 'value', type: 'quantitative', scale: { zero: true }, axis: { title: units } },
      color: {
        field: 'series',
        type: 'nominal',
        scale: { domain: names, range: SERIES },
        legend: { title: null, orient: 'bottom', columns: 3, labelLimit: 240 },
      },
    },
  };
}

const shown = (unit: string): string => unit.replace(/^us\b/, 'µs');

async function drawn(spec: object, title: string): Promise<string> {
  // Both are ES modules.
  const vegaLite = (await import(pathToFileURL(peerModulePath('vega-lite')).href)) as VegaLite;
  const vega = (await import(pathToFileURL(peerModulePath('vega')).href)) as Vega;
  const font = 'system-ui, sans-serif';
  const whole = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: WIDTH_PX,
    background: null,
    padding: 12,
    title: { text: title, anchor: 'start', color: INK, font, fontSize: 15 },
    config: {
      font,
      view: { stroke: null },
      axis: {
        labelColor: INK,
        titleColor: INK,
        gridColor: RULES,
        domainColor: RULES,
        tickColor: RULES,
        labelFontSize: 12,
        titleFontSize: 12,
      },
      legend: { labelColor: INK, labelFontSize: 12 },
    },
    ...spec,
  };
  return new vega.View(vega.parse(vegaLite.compile(whole).spec), { renderer: 'none' }).toSVG();
}
