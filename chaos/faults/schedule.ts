import type { Random } from '../random';

/** What is done to the services, the workers and the wires. */
export const FAULT_KINDS = [
  'worker-killed',
  'worker-stalled',
  'clock-shifted',
  'postgres-crashed',
  'redis-killed',
  'redis-flushed',
  'redis-paused',
  'pgbouncer-killed',
  'temporal-restarted',
  'connections-cut',
  'claim-reply-lost',
  'completion-reply-lost',
  'commit-reply-lost',
  'row-locked',
  'body-hung',
  'cleared',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** Faults that mean nothing to a load without the plugin. */
export const PLUGIN_ONLY: readonly FaultKind[] = [
  'claim-reply-lost',
  'completion-reply-lost',
  'commit-reply-lost',
  'row-locked',
  'cleared',
];

export interface Fault {
  readonly kind: FaultKind;
  readonly atMs: number;
  /** In [0, 1): how long, which one. */
  readonly draw: number;
}

/** A fault every so often: under way at once are two or three. */
const EVERY_MS = 1_600;

/**
 * Round after round of every kind, each round in an order of its own. From 35 s on each kind comes at least once; what needs
 * time to show (a lease that ends) does not come at the very end.
 */
export function schedule(random: Random, lengthMs: number): Fault[] {
  const faults: Fault[] = [];
  let round: FaultKind[] = [];
  for (let atMs = 1_000; atMs < lengthMs - 5_000; atMs += EVERY_MS) {
    if (round.length === 0) round = random.shuffled(FAULT_KINDS);
    faults.push({ kind: round.pop() as FaultKind, atMs: atMs + random.between(0, 800), draw: random.next() });
  }
  return faults;
}

/** Length of a run from which on every kind of fault comes at least once. */
export const EVERY_KIND_FROM_S = Math.ceil((1_000 + EVERY_MS * FAULT_KINDS.length + 5_000) / 1_000);
