import type { Claim, Clear, Entry, Settle } from './journal';

/** Durations in the database are whole milliseconds, and two clocks are compared. */
const SLACK_MS = 3;

/** One claim's life, from all that was journaled of it. */
interface Life {
  readonly fence: bigint;
  readonly grant: Claim;
  readonly renewals: readonly Settle[];
  /** Endings that were answered with done. */
  readonly endings: readonly Settle[];
}

/** What in the journals of all processes breaks the contract of a store, in words; none: it was kept. */
export function faultsIn(entries: readonly Entry[]): string[] {
  const keys = [...new Set(entries.map(({ key }) => key))];
  return keys.flatMap((key) => {
    const mine = entries.filter((entry) => entry.key === key);
    const faults = [...faultsOfOneKey(mine)];
    return faults.map((fault) => `${key}: ${fault}`);
  });
}

function* faultsOfOneKey(entries: readonly Entry[]): Iterable<string> {
  const claims = entries.filter((entry): entry is Claim => entry.is === 'claim');
  const settles = entries.filter((entry): entry is Settle => entry.is === 'settle');
  const clears = entries.filter((entry): entry is Clear => entry.is === 'clear');
  const granted = claims.filter(({ kind }) => kind === 'claimed');
  yield* fencesThatFallBack(granted);
  const lives = livesOf(granted, settles);
  for (const [at, life] of lives.entries()) {
    const next = lives[at + 1];
    if (next !== undefined) yield* tooEarly(life, next, clears);
  }
  yield* staleThatSucceeded(lives, settles, clears);
  yield* outcomesThatChange(claims, settles, granted);
}

/** Each claim that began after another was granted has a greater fence; a fence belongs to one claim. */
function* fencesThatFallBack(granted: readonly Claim[]): Iterable<string> {
  const nonces = new Map<string, string>();
  for (const { fence, nonce } of granted) {
    const other = nonces.get(fence) ?? nonce;
    if (other !== nonce) yield `fence ${fence} was given to two claims`;
    nonces.set(fence, nonce);
  }
  const firsts = firstAnswers(granted);
  const byEnd = [...firsts].sort((a, b) => a.after - b.after);
  const byBegin = [...firsts].sort((a, b) => a.before - b.before);
  let ended = 0;
  let greatest = 0n;
  for (const claim of byBegin) {
    for (; (byEnd[ended]?.after ?? Infinity) < claim.before; ended++) {
      const fence = BigInt(byEnd[ended]?.fence ?? 0);
      if (fence > greatest) greatest = fence;
    }
    if (BigInt(claim.fence) <= greatest) yield `fence ${claim.fence} was granted after fence ${greatest}`;
  }
}

/** A claim repeated with its nonce is answered again with its fence: the first answer counts. */
function firstAnswers(granted: readonly Claim[]): Claim[] {
  const firsts = new Map<string, Claim>();
  for (const claim of granted) {
    const known = firsts.get(claim.fence);
    if (known === undefined || claim.after < known.after) firsts.set(claim.fence, claim);
  }
  return [...firsts.values()];
}

function livesOf(granted: readonly Claim[], settles: readonly Settle[]): Life[] {
  const done = settles.filter(({ verdict }) => verdict === 'done');
  return firstAnswers(granted)
    .map((grant) => {
      const mine = done.filter(({ fence }) => fence === grant.fence);
      return {
        fence: BigInt(grant.fence),
        grant,
        renewals: mine.filter(({ op }) => op === 'renew'),
        endings: mine.filter(({ op }) => op !== 'renew'),
      };
    })
    .sort((a, b) => (a.fence < b.fence ? -1 : 1));
}

/** Whether the next claim was granted while this one, or its outcome, stood for certain. */
function* tooEarly(life: Life, next: Life, clears: readonly Clear[]): Iterable<string> {
  const { grant, renewals, endings } = life;
  const from = next.grant;
  // Whatever may have freed the key in between excuses the next claim.
  if (clears.some((clear) => clear.before < from.after && clear.after > grant.before)) return;
  const outcome = endings.find(({ op }) => op !== 'release');
  if (endings.some(({ op, before }) => op === 'release' && before < from.after)) return;
  if (outcome !== undefined && outcome.after < from.before) {
    if (from.after + SLACK_MS < outcome.before + outcome.forMs)
      yield `fence ${next.fence} was granted while the outcome of fence ${life.fence} had its retention`;
    return;
  }
  // An ending on its way may have come first.
  if (outcome !== undefined && outcome.before < from.after) return;
  if (from.execution === grant.execution && from.startOrder > grant.startOrder) return;
  const held = renewals.filter(({ after }) => after < from.before);
  // The latest renewal counts, and renewals that overlap have no order: the one that ends first is certain.
  const certain = held.filter((one) => !held.some((other) => other.before > one.after));
  const unsure = renewals.some(({ before, after }) => before < from.after && after >= from.before);
  const ends = certain.length > 0 ? certain : [{ before: grant.before, forMs: grant.leaseMs }];
  const end = Math.min(...ends.map(({ before, forMs }) => before + forMs));
  if (!unsure && from.after + SLACK_MS < end)
    yield `fence ${next.fence} was granted in the lease of fence ${life.fence}`;
}

/** A settlement that began after its claim was lost for certain and was answered with done. */
function* staleThatSucceeded(
  lives: readonly Life[],
  settles: readonly Settle[],
  clears: readonly Clear[],
): Iterable<string> {
  const grants = new Map(lives.map(({ fence, grant }) => [fence.toString(), grant]));
  for (const { op, fence, before, verdict } of settles) {
    if (verdict !== 'done') continue;
    const grant = grants.get(fence);
    if (grant === undefined) {
      yield `${op} of fence ${fence}, which nobody was granted, was done`;
      continue;
    }
    const heir = lives.find((life) => life.fence > BigInt(fence) && life.grant.after < before);
    if (heir !== undefined) yield `${op} of fence ${fence} was done after fence ${heir.fence} was granted`;
    if (clears.some((clear) => clear.unsure !== true && clear.before > grant.after && clear.after < before))
      yield `${op} of fence ${fence} was done after a clear`;
  }
}

/** Whoever sees the outcome of a fence sees the same one, and nobody sees it after the next claim was granted. */
function* outcomesThatChange(
  claims: readonly Claim[],
  settles: readonly Settle[],
  granted: readonly Claim[],
): Iterable<string> {
  const told = new Map<string, string | undefined>();
  for (const { fence, op, verdict, payload } of settles) {
    if (verdict === 'done' && (op === 'complete' || op === 'fail')) told.set(fence, payload);
  }
  for (const claim of claims) {
    if (claim.kind !== 'outcome') continue;
    if (!told.has(claim.fence)) told.set(claim.fence, claim.payload); // recorded from elsewhere
    if (told.get(claim.fence) !== claim.payload) yield `the outcome of fence ${claim.fence} changed`;
    const heir = granted.find((one) => BigInt(one.fence) > BigInt(claim.fence) && one.after < claim.before);
    if (heir !== undefined)
      yield `the outcome of fence ${claim.fence} was seen after fence ${heir.fence} was granted`;
  }
}
