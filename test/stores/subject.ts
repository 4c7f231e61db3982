import { randomUUID } from 'node:crypto';
import type {
  ClaimAnswer,
  ClaimName,
  ClaimRequest,
  Claimed,
  Outcome,
  Settlement,
  Store,
} from '../../src/stores/store';
import { assert } from '../helpers/assert';
import { randomName } from '../helpers/services';

/** A store under the contract's eyes. */
export interface Subject {
  readonly store: Store;
  /** Other stores on the same records, as other processes would have them. */
  readonly others: readonly Store[];
  /** Lets the store's own clock go on. */
  readonly pass: (ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

export type Open = (this: Mocha.Context) => Promise<Subject>;

export function newKey(): string {
  return randomName('contract');
}

export function request(
  key: string,
  change: Partial<Omit<ClaimRequest, 'owner'>> & { owner?: Partial<ClaimRequest['owner']> } = {},
): ClaimRequest {
  return {
    key,
    type: 'charge',
    fingerprints: ['f-1'],
    nonce: randomUUID(),
    leaseMs: 30_000,
    useCache: true,
    ...change,
    owner: {
      execution: `execution-${randomUUID()}`,
      startOrder: 0,
      detail: { process: 'p-1' },
      ...change.owner,
    },
  };
}

/** A claim that was won, with everything it takes to settle it. */
export type Held = Claimed & { readonly request: ClaimRequest };

export function isClaimed(answer: ClaimAnswer): asserts answer is Claimed {
  assert.equal(answer.kind, 'claimed');
}

export async function mustClaim(store: Store, asked: ClaimRequest): Promise<Held> {
  const answer = await store.claim(asked);
  isClaimed(answer);
  return { ...answer, request: asked };
}

export async function mustBeOutcome(store: Store, asked: ClaimRequest): Promise<Outcome> {
  const answer = await store.claim(asked);
  assert.equal(answer.kind, 'outcome');
  return answer;
}

interface Ending {
  readonly payload?: Uint8Array | undefined;
  readonly context?: string;
  readonly retentionMs?: number;
  readonly op?: 'complete' | 'fail';
}

export const RESULT = new TextEncoder().encode('{"ok":true}');

export function ending(held: Held, how: Ending = {}): Settlement {
  return {
    key: held.request.key,
    fence: held.fence,
    nonce: held.request.nonce,
    op: how.op ?? 'complete',
    payload: 'payload' in how ? how.payload : RESULT,
    context: how.context,
    retentionMs: how.retentionMs ?? 60_000,
    cache: {
      fingerprint: held.request.fingerprints[0],
      execution: held.request.owner.execution,
      keep: true,
    },
  };
}

export function releasing(held: Held): Settlement {
  return { key: held.request.key, fence: held.fence, nonce: held.request.nonce, op: 'release' };
}

export function renewing(held: Held, leaseMs: number): Settlement {
  return { key: held.request.key, fence: held.fence, nonce: held.request.nonce, op: 'renew', leaseMs };
}

export function nameOf(held: Held): ClaimName {
  return { key: held.request.key, fence: held.fence, nonce: held.request.nonce };
}

export async function mustSettle(store: Store, settlement: Settlement): Promise<void> {
  assert.equal(await store.settle(settlement), 'done');
}

/** Random numbers that can be had again: print the seed, give it as ONCE_SEED. */
export function seeded(): { readonly seed: number; readonly next: (below: number) => number } {
  const seed = Number(process.env['ONCE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  return { seed, next: randomNumbers(seed) };
}

export function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
