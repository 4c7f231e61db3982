import type { ClaimAnswer, Claimed, ClaimRequest, RecordView, SettleVerdict } from '../store';

/** A row of claim_v1 as `pg` delivers it. */
interface ClaimRow {
  readonly verdict: string;
  readonly fence: string;
  readonly runs: number;
  /** Null for a row that was new: it has what was asked for. */
  readonly body_key: string | null;
  readonly fingerprint: string | null;
  readonly execution: string | null;
  readonly detail: { readonly fence: string; readonly owner: Record<string, string> } | null;
  readonly payload: Buffer | null;
  readonly context: string | null;
  readonly left_ms: number;
}

/** The answer in a row. */
export function claimAnswer(raw: Record<string, unknown>, request: ClaimRequest): ClaimAnswer {
  const row = raw as unknown as ClaimRow;
  const fence = BigInt(row.fence ?? 0);
  const fingerprint = row.fingerprint ?? undefined;
  const bodyKey = row.body_key ?? request.bodyKey ?? request.key;
  switch (row.verdict) {
    case 'claimed':
      return new Won(
        fence,
        row.runs,
        bodyKey,
        // Asked again after the reply to a take-over was lost: whom it took the place of is not known any more.
        row.runs > 1 ? { reason: 'lease-expired', previousFence: 0n, previousOwner: {} } : undefined,
      );
    case 'claimed-lease-expired':
    case 'claimed-own-newer-start':
      return new Won(fence, row.runs, bodyKey, {
        reason: row.verdict === 'claimed-lease-expired' ? 'lease-expired' : 'own-newer-start',
        previousFence: BigInt(row.detail?.fence ?? 0),
        previousOwner: ownerIn(row.detail?.owner ?? {}),
      });
    case 'live':
      return {
        kind: 'live',
        fence,
        fingerprint,
        execution: row.execution ?? '',
        leaseRemainingMs: row.left_ms,
      };
    case 'stale-start':
      return { kind: 'stale-start', fence };
    case 'completed':
    case 'failed':
      return {
        kind: 'outcome',
        state: row.verdict,
        fence,
        fingerprint,
        payload: row.payload ?? undefined,
        context: row.context ?? undefined,
        retentionLeftMs: row.left_ms,
        execution: row.execution ?? '',
        from: 'store',
      };
    default:
      throw new Error(`claim_v1 answered ${row.verdict}, which this version does not know`);
  }
}

/** The answer to a claim of a key that was new. */
export function freshClaim(fence: string, request: ClaimRequest): Claimed {
  return new Won(BigInt(fence), 1, request.bodyKey ?? request.key, undefined);
}

/** A class: see young.ts. */
class Won implements Claimed {
  readonly kind = 'claimed';

  constructor(
    readonly fence: bigint,
    readonly runs: number,
    readonly bodyKey: string,
    readonly unknownOutcome: Claimed['unknownOutcome'],
  ) {}
}

/** The verdict in a row of settle_v1; undefined: the record was in somebody's hand, ask again. */
export function verdictOf(row: Record<string, unknown> | undefined): SettleVerdict | undefined {
  const verdict = row?.['verdict'];
  return verdict === 'done' || verdict === 'stale' ? verdict : undefined;
}

const STATES = ['absent', 'running', 'completed', 'failed'] as const;

export function stateOf(value: unknown): RecordView['state'] {
  const state = STATES[Number(value)];
  if (state === undefined)
    throw new Error(`record in state ${String(value)}, which this version does not know`);
  return state;
}

/** Who claimed it, without the label that stands beside: a label is shown where somebody asks, and never logged. */
function ownerIn(detail: Readonly<Record<string, string>>): Record<string, string> {
  const { label: _label, ...owner } = detail;
  return owner;
}

export function recordView(row: Record<string, unknown>): RecordView {
  return {
    key: row['key'] as string,
    type: row['type'] as string,
    state: stateOf(row['state']),
    fence: BigInt(row['fence'] as string),
    runs: row['runs'] as number,
    fingerprint: (row['fingerprint'] as string | null) ?? undefined,
    owner: ownerIn(row['owner_detail'] as Record<string, string>),
    claimedAt: row['claimed_at'] as Date,
    settledAt: (row['settled_at'] as Date | null) ?? undefined,
    remainingMs: row['left_ms'] as number,
    payload: (row['payload'] as Buffer | null) ?? undefined,
    context: (row['context'] as string | null) ?? undefined,
  };
}
