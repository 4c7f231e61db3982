import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { INSTRUMENTS, type Instrument } from '../../src/metrics/instruments';

export const OPS = join(__dirname, '..', '..', '..', 'docs', 'ops');
export const RULES = join(OPS, 'alerts.rules.yml');

/** One query of an operator's, and where it stands. */
export interface Query {
  readonly place: string;
  readonly text: string;
}

interface Dashboard {
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

export function dashboard(): Dashboard {
  return JSON.parse(readFileSync(join(OPS, 'grafana.json'), 'utf8')) as Dashboard;
}

export function dashboardQueries(): readonly Query[] {
  return dashboard().panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ place: `panel ${title}`, text: expr })),
  );
}

export function alertQueries(): readonly Query[] {
  const { groups } = parse(readFileSync(RULES, 'utf8')) as Rules;
  return groups.flatMap(({ rules }) =>
    rules.map(({ alert, expr }) => ({ place: `alert ${alert}`, text: expr })),
  );
}

/** Names as Prometheus has them: of a histogram with what it adds. */
export function namesIn({ text }: Query): readonly string[] {
  return [...new Set(text.match(/\btemporal_once_[a-z_]+/g) ?? [])];
}

/** Labels a query selects or groups by. */
export function labelsIn({ text }: Query): readonly string[] {
  const selected = [...text.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label]) => label as string);
  const grouped = [...text.matchAll(/\bby\s*\(([^)]*)\)/g)].flatMap(([, labels]) =>
    (labels as string).split(',').map((label) => label.trim()),
  );
  return [...new Set([...selected, ...grouped])];
}

export function instrumentOf(name: string): Instrument | undefined {
  const known = INSTRUMENTS as Readonly<Record<string, Instrument>>;
  const part = /^(.*)_(?:bucket|sum|count)$/.exec(name)?.[1];
  const histogram = part === undefined ? undefined : known[part];
  return known[name] ?? (histogram?.kind === 'histogram' ? histogram : undefined);
}
