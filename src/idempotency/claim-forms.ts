import { randomUUID } from 'node:crypto';
import type { Claimed, ClaimAnswer, ClaimRequest, Store } from '../stores/store';
import { youngList } from '../stores/young';
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

type Claiming = Pick<Call, 'keys' | 'type' | 'fingerprints' | 'owner' | 'shared' | 'label'>;
type Answer = WonClaim | Exclude<ClaimAnswer, Claimed>;

/**
 * Claims the key in each of its forms, all or none. While a secret or format changes, workers that know it
 * under the old form and under the new one exclude each other, and either record answers.
 */
export function claimForms(
  store: Store,
  call: Claiming,
  leaseMs: number,
  nonce: string = randomUUID(),
): Promise<Answer> {
  const askedAtMs = performance.now();
  const [key, ...others] = call.keys as [string, ...string[]];
  if (others.length > 0) return claimEach(store, call, leaseMs, nonce, askedAtMs);
  return store
    .claim(new Request(call, key, key, nonce, leaseMs))
    .then((answer) =>
      answer.kind === 'claimed'
        ? new Won(youngList(new Row(key, answer.fence)), answer, nonce, askedAtMs)
        : answer,
    );
}

async function claimEach(
  store: Store,
  call: Claiming,
  leaseMs: number,
  nonce: string,
  askedAtMs: number,
): Promise<Answer> {
  const won: { readonly key: string; readonly claimed: Claimed }[] = [];
  // Everybody in the same order, so that two askers never hold one form each for long.
  for (const key of [...call.keys].sort()) {
    const lived = won.find(({ claimed }) => claimed.runs > 1)?.claimed.bodyKey;
    const answer = await store.claim(
      new Request(call, key, lived ?? (call.keys[0] as string), nonce, leaseMs),
    );
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
  const fenceOf = (key: string): bigint => won.find((one) => one.key === key)?.claimed.fence ?? 0n;
  const rows = call.keys.map((key) => new Row(key, fenceOf(key)));
  return new Won(rows, eldest, nonce, askedAtMs);
}

// Held while the store is asked: classes, see young.ts.

class Request implements ClaimRequest {
  readonly type: string;
  readonly fingerprints: readonly string[];
  readonly owner: ClaimRequest['owner'];
  readonly useCache: boolean;
  readonly label: string | undefined;

  constructor(
    call: Claiming,
    readonly key: string,
    readonly bodyKey: string,
    readonly nonce: string,
    readonly leaseMs: number,
  ) {
    this.type = call.type;
    this.fingerprints = call.fingerprints.all;
    this.owner = call.owner;
    this.useCache = call.shared;
    this.label = call.label;
  }
}

class Row implements HeldRow {
  constructor(
    readonly key: string,
    readonly fence: bigint,
  ) {}
}

class Won implements WonClaim {
  readonly kind = 'won';
  readonly bodyKey: string;
  readonly runs: number;
  readonly unknownOutcome: Claimed['unknownOutcome'];

  constructor(
    readonly rows: readonly HeldRow[],
    { bodyKey, runs, unknownOutcome }: Claimed,
    readonly nonce: string,
    readonly askedAtMs: number,
  ) {
    this.bodyKey = bodyKey;
    this.runs = runs;
    this.unknownOutcome = unknownOutcome;
  }
}
