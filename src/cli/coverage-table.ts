import Table from 'cli-table3';
import type { Command } from 'commander';
import type { CoverageReport, TypeCoverage } from '../idempotency/coverage';
import { colorsOf, type Colors } from './colors';

/** The report for a person: a table, what is unprotected, whose retry policy stands out, and the percentage. */
export function coverageLines(report: CoverageReport, command: Command): string[] {
  const colors = colorsOf(command);
  const { types, counts, percentProtected } = report;
  if (types.length === 0)
    return ['No activity type is known. Workers with OncePlugin tell of theirs as they start.'];
  const table = new Table({
    head: [
      'task queue',
      'type',
      'protection',
      'scope',
      'key',
      'retention',
      'said by',
      'runs',
      'unprotected runs',
    ],
    style: { head: [], border: [], compact: true },
  });
  for (const one of types) table.push(row(one, colors));
  const unprotected = types.filter((one) => !one.protected);
  return [
    table.toString(),
    ...unprotected.map((one) => `${colors.red('unprotected')}: ${named(one)}`),
    ...types.flatMap((one) => outlierLines(one, colors)),
    `${percentProtected} % of ${types.length} types protected: ${counts.once} once, ${counts.attempts} across their own attempts; ${counts.unprotected} unprotected.`,
  ];
}

function row(one: TypeCoverage, colors: Colors): string[] {
  const { policy, policySource: source, calls } = one;
  const words = {
    unprotected: colors.red('unprotected'),
    attempts: colors.yellow('own attempts'),
    once: colors.green('once'),
  };
  const also = (part: 'scope' | 'key' | 'category' | 'ttl'): string[] =>
    calls.flatMap((call) => (call[part] === undefined ? [] : [`${call[part]} (workflow)`]));
  const list = (first: string, more: readonly string[]): string => [...new Set([first, ...more])].join('\n');
  return [
    one.taskQueue,
    one.type,
    `${words[one.protection]}${policy.transactional ? ', transactional' : ''}`,
    list(policy.scope, also('scope')),
    list(policy.key, also('key')),
    list(policy.ttl === undefined ? policy.category : `${policy.category}, ${policy.ttl}`, [
      ...also('category'),
      ...also('ttl'),
    ]),
    [...new Set(Object.values(source))].filter((who) => who !== 'default').join(', ') || 'default',
    String(one.runs),
    one.unprotectedRuns === 0 ? '0' : colors.red(String(one.unprotectedRuns)),
  ];
}

function outlierLines(one: TypeCoverage, colors: Colors): string[] {
  return (one.outlier ?? []).map(
    ({ field, value, usual }) =>
      `${colors.yellow('outlier')}: ${named(one)} has ${field} ${JSON.stringify(value)}, usual is ${JSON.stringify(usual)}`,
  );
}

/** A module's types have no task queue. */
function named({ type, taskQueue }: TypeCoverage): string {
  return taskQueue === '' ? type : `${type} (${taskQueue})`;
}
