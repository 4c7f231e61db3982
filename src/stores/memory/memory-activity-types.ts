import {
  DISTINCT_KEPT,
  PROTECTIONS,
  type ActivityTypesStore,
  type Protection,
  type Seen,
  type TypeName,
  type TypeRow,
  type TypeSighting,
} from '../activity-types';

interface Known extends TypeName {
  policy: object;
  calls: readonly Dated[];
  retries: readonly Dated[];
  readonly runs: Record<Protection, number>;
  readonly seenAtMs: Record<Protection, number>;
  saidAtMs: number;
}

type Dated = Seen & { readonly atMs: number };

/** Activity types in this process, for unit tests. */
export class MemoryActivityTypes implements ActivityTypesStore {
  private readonly types = new Map<string, Known>();

  constructor(private readonly now: () => number) {}

  add(sightings: readonly TypeSighting[]): Promise<void> {
    const atMs = this.now();
    for (const { namespace, taskQueue, type, policy, runs, calls, retries } of sightings) {
      const name = JSON.stringify([namespace, taskQueue, type]);
      const known = this.types.get(name) ?? newType({ namespace, taskQueue, type }, policy);
      this.types.set(name, known);
      known.policy = policy;
      known.calls = merged(known.calls, calls, atMs);
      known.retries = merged(known.retries, retries, atMs);
      known.saidAtMs = atMs;
      for (const protection of PROTECTIONS) {
        known.runs[protection] += runs[protection];
        if (runs[protection] > 0) known.seenAtMs[protection] = atMs;
      }
    }
    return Promise.resolve();
  }

  read(sinceMs: number): Promise<readonly TypeRow[]> {
    const since = this.now() - sinceMs;
    const recent = (seen: readonly Dated[]): Seen[] =>
      seen.filter(({ atMs }) => atMs >= since).map(({ value, runs }) => ({ value, runs }));
    const rows = [...this.types.values()]
      .filter(({ saidAtMs }) => saidAtMs >= since)
      .map(({ seenAtMs, saidAtMs: _saidAtMs, ...known }) => ({
        ...known,
        runs: { ...known.runs },
        calls: recent(known.calls),
        retries: recent(known.retries),
        recent: {
          unprotected: seenAtMs.unprotected >= since,
          attempts: seenAtMs.attempts >= since,
          once: seenAtMs.once >= since,
        },
      }));
    return Promise.resolve(rows.sort(byName));
  }
}

function newType(name: TypeName, policy: object): Known {
  return {
    ...name,
    policy,
    calls: [],
    retries: [],
    runs: { unprotected: 0, attempts: 0, once: 0 },
    seenAtMs: { unprotected: -Infinity, attempts: -Infinity, once: -Infinity },
    saidAtMs: -Infinity,
  };
}

function merged(known: readonly Dated[], fresh: readonly Seen[], atMs: number): Dated[] {
  const all = new Map<string, Dated>();
  for (const one of [...known, ...fresh.map((seen) => ({ ...seen, atMs }))]) {
    const text = JSON.stringify(one.value);
    all.set(text, { ...one, runs: (all.get(text)?.runs ?? 0) + one.runs });
  }
  return [...all]
    .sort(([one, a], [two, b]) => b.atMs - a.atMs || (one < two ? -1 : 1))
    .slice(0, DISTINCT_KEPT)
    .map(([, seen]) => seen);
}

function byName(a: TypeName, b: TypeName): number {
  const [one, two] = [a, b].map(({ namespace, taskQueue, type }) => [namespace, taskQueue, type]) as [
    string[],
    string[],
  ];
  for (const [at, text] of one.entries()) {
    if (text !== two[at]) return text < (two[at] as string) ? -1 : 1;
  }
  return 0;
}
