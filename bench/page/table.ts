import type { Line } from '../line';

export type Cell = string;

/** A table as prettier leaves it: cells padded, figures to the right. */
export function table(head: readonly Cell[], rows: readonly (readonly Cell[])[], firstFigure = 1): string {
  const widths = head.map((cell, n) => Math.max(3, cell.length, ...rows.map((row) => row[n]?.length ?? 0)));
  const padded = (row: readonly Cell[]): string =>
    `| ${row.map((cell, n) => (n < firstFigure ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, n) => (n < firstFigure ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [padded(head), `| ${rule.join(' | ')} |`, ...rows.map(padded)].join('\n');
}

/** Any lines: what was measured, beside what, the ratio with its interval, and the target. */
export function linesTable(lines: readonly Line[]): string {
  const rows = lines.map((line) => [
    `\`${line.name}\``,
    figure(line.value),
    figure(line.floor),
    line.unit.replace(/^us\b/, 'µs'),
    ratio(line),
    line.interval === undefined ? '' : line.interval.map(short).join(' – '),
    target(line),
  ]);
  return table(['line', 'measured', 'beside', 'unit', 'ratio', '95 %', 'target'], rows);
}

const PEER = /^peers-(duplicate|first)-(p50|rate)\/(.+)$/;

/** A row for each peer: its latency and rate, and how ours compares: less is better in µs, more in operations. */
export function peersTable(lines: readonly Line[], what: 'duplicate' | 'first'): string {
  const byName = new Map(lines.map((line) => [line.name, line]));
  const names = lines
    .map(({ name }) => PEER.exec(name))
    .filter((match) => match?.[1] === what && match[2] === 'rate' && !match[3]?.startsWith('once-to-'))
    .map((match) => match?.[3] ?? '');
  const rows = names.map((name) => {
    const own = name === 'temporal-once';
    const of = (unit: 'p50' | 'rate', line: string): Line | undefined =>
      byName.get(`peers-${what}-${unit}/${line}`);
    return [
      own ? '**temporal-once**' : name,
      figure(of('p50', name)?.value),
      figure(of('rate', name)?.value),
      own ? '' : ratio(of('p50', `once-to-${name}`)),
      own ? '' : ratio(of('rate', `once-to-${name}`)),
    ];
  });
  const head = [what === 'first' ? 'first executions' : 'duplicates', 'p50 µs', 'ops/s at 64'];
  return table([...head, 'our p50 to its', 'our rate to its'], rows);
}

export const ratio = (line: Line | undefined): string => (line === undefined ? '' : short(line.ratio));

function target({ target, holds, ratio }: Line): string {
  if (target === null) return '';
  // A line does not say which way its ratio must lie, but whether it holds does.
  const atMost = ratio <= target === holds;
  return `${atMost ? '≤' : '≥'} ${target}${holds === true ? '' : ' (missed)'}`;
}

const short = (number: number): string => figure(number, 2);

function figure(number: number | undefined, digits = 3): string {
  if (number === undefined || !Number.isFinite(number)) return '–';
  const rounded = Number(number.toPrecision(digits));
  return rounded.toLocaleString('en-US', { maximumSignificantDigits: digits });
}
