import type { TypeRow } from '../stores/activity-types';
import type { AttemptOptions } from './attempt-options';
import { mostUsed, outliersOf, type OutlierField } from './outliers';
import type { CallPolicy, DeclaredPolicy, PolicySource, PolicySummary, Protection } from './policy-summary';

/** Which activity types are protected, and how; see docs/coverage.md. */
export interface CoverageReport {
  readonly taskQueues: readonly TaskQueueCoverage[];
  /** Sorted by namespace, task queue and type. */
  readonly types: readonly TypeCoverage[];
  /** How many types are how protected. */
  readonly counts: Readonly<Record<Protection, number>>;
  /** Types that are protected at least across their own attempts, 0 to 100, rounded down to hundredths; 0 of none. */
  readonly percentProtected: number;
}

export interface TaskQueueCoverage {
  readonly namespace: string;
  readonly taskQueue: string;
  readonly types: number;
  readonly protected: number;
}

export interface TypeCoverage {
  readonly namespace: string;
  readonly taskQueue: string;
  readonly type: string;
  readonly protected: boolean;
  /** The weakest that its runs had; of a type that did not run, what is said of it. */
  readonly protection: Protection;
  /** What is said of it besides the workflow's call. */
  readonly policy: PolicySummary;
  /** Who said each part of it. */
  readonly policySource: DeclaredPolicy['source'];
  /** What calls of workflows said, the few distinct ones seen last: such a part goes before that of `policy`. */
  readonly calls: readonly (CallPolicy & { readonly source: PolicySource; readonly runs: number })[];
  readonly runs: number;
  readonly unprotectedRuns: number;
  /** Options that most of its runs had; absent when it did not run. */
  readonly retry?: AttemptOptions;
  /** In what its retry policy differs from that of its category. */
  readonly outlier?: readonly OutlierField[];
}

export function coverageReport(rows: readonly TypeRow[]): CoverageReport {
  const sorted = [...rows].sort(
    (a, b) => order(a.namespace, b.namespace) || order(a.taskQueue, b.taskQueue) || order(a.type, b.type),
  );
  const retries = sorted.map(({ retries: seen }) => mostUsed(seen));
  const outliers = outliersOf(
    sorted.map((row, at) => ({
      group: JSON.stringify([row.namespace, categoryOf(row)]),
      retry: retries[at],
    })),
  );
  const types = sorted.map((row, at) => typeCoverage(row, retries[at], outliers[at] ?? []));
  const counts = { unprotected: 0, attempts: 0, once: 0 };
  for (const { protection } of types) counts[protection]++;
  return { taskQueues: taskQueues(types), types, counts, percentProtected: percentOf(types) };
}

function typeCoverage(
  row: TypeRow,
  retry: AttemptOptions | undefined,
  outlier: readonly OutlierField[],
): TypeCoverage {
  const { source, ...policy } = row.policy as DeclaredPolicy;
  const protection = protectionSeen(row) ?? policy.protection;
  const { unprotected, attempts, once } = row.runs;
  return {
    namespace: row.namespace,
    taskQueue: row.taskQueue,
    type: row.type,
    protected: protection !== 'unprotected',
    protection,
    policy,
    policySource: source,
    calls: row.calls.map(({ value, runs }) => ({ ...(value as CallPolicy), source: 'workflow', runs })),
    runs: unprotected + attempts + once,
    unprotectedRuns: unprotected,
    ...(retry === undefined ? {} : { retry }),
    ...(outlier.length === 0 ? {} : { outlier }),
  };
}

function protectionSeen({ recent }: TypeRow): Protection | undefined {
  if (recent.unprotected) return 'unprotected';
  if (recent.attempts) return 'attempts';
  return recent.once ? 'once' : undefined;
}

/** As most of its runs had it: a workflow's call may name another category. */
function categoryOf({ calls, policy, runs }: TypeRow): string {
  const declared = (policy as DeclaredPolicy).category;
  const sums = new Map<string, number>();
  let called = 0;
  for (const { value, runs: times } of calls) {
    const category = (value as CallPolicy).category ?? declared;
    sums.set(category, (sums.get(category) ?? 0) + times);
    called += times;
  }
  const others = runs.unprotected + runs.attempts + runs.once - called;
  sums.set(declared, (sums.get(declared) ?? 0) + Math.max(0, others));
  const [first] = [...sums].sort(([a, one], [b, two]) => two - one || order(a, b));
  return first?.[0] ?? declared;
}

function taskQueues(types: readonly TypeCoverage[]): TaskQueueCoverage[] {
  const queues = new Map<
    string,
    { namespace: string; taskQueue: string; types: number; protected: number }
  >();
  for (const { namespace, taskQueue, protected: isProtected } of types) {
    const name = JSON.stringify([namespace, taskQueue]);
    const queue = queues.get(name) ?? { namespace, taskQueue, types: 0, protected: 0 };
    queue.types++;
    if (isProtected) queue.protected++;
    queues.set(name, queue);
  }
  return [...queues.values()];
}

/** Rounded down: nothing is called complete that is not. */
function percentOf(types: readonly TypeCoverage[]): number {
  if (types.length === 0) return 0;
  return Math.floor((types.filter((one) => one.protected).length * 10_000) / types.length) / 100;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
