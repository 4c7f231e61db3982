import type { Line } from '../line';
import type { Machine } from '../machine';
import type { Read } from '../results';
import { linesTable, peersTable, ratio, table } from './table';

/**
 * What stands in docs/performance.md between `<!-- WHAT -->` and `<!-- end -->`, by WHAT:
 * `table: PATTERN, …` (names of lines, `*` for anything), `peers: duplicate|first`, `plot: GROUP | ALTERNATIVE TEXT`, `machine`,
 * `missing`, and inside a sentence `ratio: NAME`.
 */
export type Mark =
  | { readonly kind: 'table'; readonly patterns: readonly string[] }
  | { readonly kind: 'peers'; readonly what: 'duplicate' | 'first' }
  | { readonly kind: 'plot'; readonly group: string; readonly alternative: string }
  | { readonly kind: 'ratio'; readonly name: string }
  | { readonly kind: 'machine' | 'missing' };

export const MARKED = /<!-- (table|peers|plot|ratio|machine|missing)(?:: (.*?))? -->[^]*?<!-- end -->/g;

/**
 * The page with all its marks filled anew.
 * @throws Error naming the mark for which there is no line.
 */
export function fill(page: string, results: Read): string {
  return page.replaceAll(MARKED, (_, kind: string, rest: string | undefined) => {
    const opening = `<!-- ${kind}${rest === undefined ? '' : `: ${rest}`} -->`;
    const text = filled(mark(kind, rest ?? ''), results);
    return kind === 'ratio'
      ? `${opening}${text}<!-- end -->`
      : `${opening}\n\n${text === '' ? '' : `${text}\n\n`}<!-- end -->`;
  });
}

export function mark(kind: string, rest: string): Mark {
  if (kind === 'table') return { kind, patterns: rest.split(', ') };
  if (kind === 'peers' && (rest === 'duplicate' || rest === 'first')) return { kind, what: rest };
  if (kind === 'ratio') return { kind, name: rest };
  const [group = '', alternative = ''] = rest.split(' | ');
  if (kind === 'plot' && alternative !== '') return { kind, group, alternative };
  if (kind === 'machine' || kind === 'missing') return { kind };
  throw new Error(`docs/performance.md: there is no mark '${kind}: ${rest}'`);
}

function filled(mark: Mark, { lines, machine, effort, missing }: Read): string {
  switch (mark.kind) {
    case 'table':
      return linesTable(mark.patterns.flatMap((pattern) => matching(lines, pattern)));
    case 'peers':
      return peersTable(lines, mark.what);
    case 'plot':
      return `![${mark.alternative}](${plotFile(mark.group)})`;
    case 'ratio': {
      const line = lines.find(({ name }) => name === mark.name);
      if (line === undefined) throw new Error(`docs/performance.md: there is no line '${mark.name}'`);
      return ratio(line);
    }
    case 'machine':
      return machineTable(machine, effort);
    case 'missing':
      return missing.map(({ name, why }) => `- \`${name}\` is missing: ${why}`).join('\n');
  }
}

/** Beside docs/performance.md. */
export const plotFile = (group: string): string => `images/bench-${group}.svg`;

function matching(lines: readonly Line[], pattern: string): Line[] {
  const text = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
  const expression = new RegExp(`^${text.join('.*')}$`);
  const found = lines.filter(({ name }) => expression.test(name));
  if (found.length === 0) throw new Error(`docs/performance.md: no line is named '${pattern}'`);
  return found;
}

function machineTable(machine: Machine, effort: Read['effort']): string {
  const { processor, cores, memoryGiB, kernel, node, postgres, redis, temporal } = machine;
  const rows = [
    ['processor', `${processor}, ${cores} cores`],
    ['memory', `${memoryGiB} GiB`],
    ['kernel', kernel],
    ['Node', node],
    ['Postgres', postgres],
    ['Redis', redis],
    ['Temporal server', temporal],
    ['effort', effort.map((name) => `--${name}`).join(', ')],
  ];
  return table(['what', 'which'], rows, 2);
}
