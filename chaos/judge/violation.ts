import type { Line } from '../journal/line';

export const VIOLATION_KINDS = [
  'fence-not-increasing',
  'overlapping-commits',
  'stale-write',
  'outcome-changed',
  'ran-after-outcome',
  'differing-replays',
  'stale-cache',
  'body-without-claim',
  'undeclared-rerun',
  'extra-effect',
  'transactional-effect',
  'worker-crashed',
] as const;

export type ViolationKind = (typeof VIOLATION_KINDS)[number];

export interface Violation {
  readonly kind: ViolationKind;
  readonly key: string;
  readonly what: string;
  /** The lines that show it. */
  readonly lines: readonly Line[];
}

/** Takes down what is wrong. */
export type Blame = (kind: ViolationKind, what: string, ...lines: readonly (Line | undefined)[]) => void;
