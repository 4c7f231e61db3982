import Table from 'cli-table3';
import type { Stats } from 'temporal-once';
import { sum, type Figures } from './figures';
import type { Occurrences } from './occurrences';
import { KINDS } from './operations';
import type { RunResult } from './run';

/** No colours, no lines between rows. */
const PLAIN = {
  style: { head: [], border: [] },
  chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
};

/** Both runs side by side, then kind by kind. */
export function resultTables(without: RunResult, within: RunResult, stats: Stats): string {
  return `${totals(without, within, stats)}\n\n${byKind(without.figures, within.figures)}`;
}

function totals(without: RunResult, within: RunResult, stats: Stats): string {
  const table = new Table({
    head: ['', 'without', 'with temporal-once'],
    colAligns: ['left', 'right', 'right'],
    ...PLAIN,
  });
  const row = (name: string, figure: (run: RunResult) => number | string): void => {
    table.push([name, figure(without), figure(within)]);
  };
  row('operations', ({ figures }) => sum(figures, 'operations'));
  row('workflows started', ({ figures }) => figures.starts);
  row('workers killed (SIGKILL)', ({ figures }) => figures.kills);
  row('activity bodies begun', ({ figures }) => figures.bodies);
  row('effects', ({ figures }) => sum(figures, 'effects'));
  row('duplicate effects', ({ figures }) => sum(figures, 'duplicates'));
  row('operations without effect', ({ figures }) => figures.missing);
  row('operations answered differently', ({ figures }) => figures.disagreeing);
  const reruns = stats.counts.filter(({ path }) => path === 'unknown_rerun');
  table.push(['unknown outcomes, stats()', '', reruns.reduce((total, { count }) => total + count, 0)]);
  table.push(['duplicates replayed, stats()', '', stats.duplicates]);
  row('time', ({ seconds }) => `${seconds.toFixed(1)} s`);
  return table.toString();
}

function byKind(without: Figures, within: Figures): string {
  const table = new Table({
    head: ['duplicate effects', 'protection', 'operations', 'without', 'with', 'unknown outcomes declared'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right'],
    ...PLAIN,
  });
  for (const { kind, protection } of KINDS) {
    const before = without.kinds.find((figures) => figures.kind === kind);
    const after = within.kinds.find((figures) => figures.kind === kind);
    if (before === undefined || after === undefined) continue;
    table.push([kind, protection, after.operations, before.duplicates, after.duplicates, after.reruns]);
  }
  return table.toString();
}

/** The same hour after one backfill and after a second one. */
export function occurrencesTable(first: readonly Occurrences[], both: readonly Occurrences[]): string {
  const table = new Table({
    head: ['schedule', 'occurrences', 'runs', 'effects', 'runs, twice', 'effects, twice'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    ...PLAIN,
  });
  for (const [at, { job, expected, runs, effects }] of first.entries())
    table.push([job, expected, runs, effects, both[at]?.runs ?? 0, both[at]?.effects ?? 0]);
  return table.toString();
}
