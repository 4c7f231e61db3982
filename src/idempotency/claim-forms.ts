import { randomUUID } from 'node:crypto';
import type { Claimed, ClaimAnswer, Store } from '../stores/store';
import type { Call } from './call';
import type { HeldRow } from './held-claim';

/** A claim won, in every key form. */
export interface WonClaim {
  readonly kind: 'won';
  /** First the row of the current key form. */
  readonly rows: readonly HeldRow[];
  readonly nonce: string;
  readonly bodyKey: string;
  readonly runs: number;
  readonly unknownOutcome: Claimed['unknownOutcome'];
  /** Monotonic time before the store was asked: the lease began no earlier. */
  readonly askedAtMs: number;
}

/**
 * Claims the key in each of its forms, all or none. While a secret or format changes, workers that know it
 * under the old form and under the new one exclude each other, and either record answers.
 */
export async function claimForms(
  store: Store,
  call: Pick<Call, 'keys' | 'type' | 'fingerprints' | 'owner' | 'shared' | 'label'>,
  leaseMs: number,
  nonce: string = randomUUID(),
): Promise<WonClaim | Exclude<ClaimAnswer, Claimed>> {
  const askedAtMs = performance.now();
  const won: { readonly key: string; readonly claimed: Claimed }[] = [];
  // Everybody in the same order, so that two askers never hold one form each for long.
  for (const key of call.keys.length === 1 ? call.keys : [...call.keys].sort()) {
    const lived = won.find(({ claimed }) => claimed.runs > 1)?.claimed.bodyKey;
    const answer = await store.claim({
      key,
      type: call.type,
      fingerprints: call.fingerprints.all,
      owner: call.owner,
      nonce,
      leaseMs,
      bodyKey: lived ?? (call.keys[0] as string),
      useCache: call.shared,
      ...(call.label === undefined ? {} : { label: call.label }),
    });
    if (answer.kind !== 'claimed') {
      await Promise.all(
        won.map((one) => store.settle({ key: one.key, fence: one.claimed.fence, nonce, op: 'release' })),
      );
      return answer;
    }
    won.push({ key, claimed: answer });
  }
  // A record that has lived longer knows the key its body was first given.
  const eldest = won.map(({ claimed }) => claimed).reduce((a, b) => (b.runs > a.runs ? b : a));
  return {
    kind: 'won',
    rows: call.keys.map((key) => ({ key, fence: won.find((one) => one.key === key)?.claimed.fence ?? 0n })),
    nonce,
    bodyKey: eldest.bodyKey,
    runs: eldest.runs,
    unknownOutcome: eldest.unknownOutcome,
    askedAtMs,
  };
}
