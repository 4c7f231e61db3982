import type { CountDelta } from '../store';

/** What this process counted, by minute. */
export class MemoryCounts {
  private readonly counts = new Map<string, CountDelta & { minute: number }>();

  constructor(private readonly now: () => number) {}

  add(counts: readonly CountDelta[]): void {
    const minute = Math.floor(this.now() / 60_000);
    for (const delta of counts) {
      const name = JSON.stringify([minute, delta.type, delta.door, delta.path]);
      const count = (this.counts.get(name)?.count ?? 0) + delta.count;
      this.counts.set(name, { ...delta, count, minute });
    }
  }

  read(sinceMinutes: number): readonly CountDelta[] {
    const oldest = Math.floor(this.now() / 60_000) - sinceMinutes;
    const sums = new Map<string, CountDelta>();
    for (const { minute, type, door, path, count } of this.counts.values()) {
      if (minute < oldest) continue;
      const name = JSON.stringify([type, door, path]);
      sums.set(name, { type, door, path, count: (sums.get(name)?.count ?? 0) + count });
    }
    return [...sums.keys()].sort().map((name) => sums.get(name) as CountDelta);
  }
}
