import fc from 'fast-check';
import type { ClaimRequest, Settlement, Store } from '../../../src/stores/store';
import { assert } from '../../helpers/assert';
import type { Reference } from './reference';

/** The store under test, and what commands need to know about what was said to it before. */
export interface Real {
  readonly store: Store;
  readonly keys: readonly string[];
  readonly claims: { readonly asked: ClaimRequest; readonly fence: bigint; ended?: Ended }[];
  readonly pass: (ms: number) => Promise<void>;
  /** Waits for what is on its way to a cache in front. */
  readonly flush: () => Promise<void>;
  /** Keys whose outcome was offered to the cache and not cleared since. */
  readonly offered: Set<string>;
}

/** How a claim was ended the first time. */
interface Ended {
  readonly op: Settlement['op'];
  readonly payload: string | undefined;
  readonly context: string | undefined;
  readonly retentionMs: number;
}

export type Command = fc.AsyncCommand<Reference, Real>;

/** Durations are whole steps and a half, time passes in whole steps: nothing hangs on how long a run takes. */
export const STEP_MS = 20_000;
export const durations = fc.nat({ max: 3 }).map((steps) => steps * STEP_MS + STEP_MS / 2);
export const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < STEP_MS / 2, `${actual} ms left, ${expected} ms expected`);

export const command = (name: string, run: (model: Reference, real: Real) => Promise<void>): Command => ({
  check: () => true,
  run,
  toString: () => name,
});

export const key = fc.nat({ max: 1 });

/** One of the claims that were won so far; the later ones more often. */
export const won = fc.nat({ max: 3 });
export const chosen = (real: Real, back: number) => real.claims[Math.max(0, real.claims.length - 1 - back)];
