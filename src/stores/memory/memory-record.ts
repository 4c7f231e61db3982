import type { ClaimAnswer, ClaimRequest, RecordedStep, RecordView } from '../store';

export interface MemoryRecord {
  state: RecordView['state'];
  fence: bigint;
  nonce: string;
  runs: number;
  type: string;
  bodyKey: string;
  fingerprint: string | undefined;
  execution: string;
  startOrder: number;
  detail: Readonly<Record<string, string>>;
  claimedAtMs: number;
  settledAtMs: number | undefined;
  endsAtMs: number;
  payload: Uint8Array | undefined;
  context: string | undefined;
  /** Greatest fence of the operation before this one; steps up to it are dead. */
  life: bigint;
  steps: Map<string, RecordedStep>;
}

/** Whether the asker may take it. */
export function isFree(record: MemoryRecord, asker: ClaimRequest, now: number): boolean {
  const over = record.endsAtMs <= now;
  if (record.state === 'absent') return true;
  if (record.state !== 'running') return over;
  if (record.execution === asker.owner.execution) {
    return (
      asker.owner.startOrder > record.startOrder || (asker.owner.startOrder === record.startOrder && over)
    );
  }
  const { fingerprints } = asker;
  const comparable = record.fingerprint !== undefined && fingerprints.length > 0;
  return over && (!comparable || fingerprints.includes(record.fingerprint as string));
}

/** What the asker is told of a record that stands. */
export function standing(record: MemoryRecord, asker: ClaimRequest, now: number): ClaimAnswer {
  const { fence, fingerprint, execution, payload, context } = record;
  const remainingMs = Math.max(0, record.endsAtMs - now);
  if (record.state === 'completed' || record.state === 'failed') {
    const state = record.state;
    return {
      kind: 'outcome',
      state,
      fence,
      fingerprint,
      execution,
      payload,
      context,
      retentionLeftMs: remainingMs,
      from: 'store',
    };
  }
  if (record.nonce === asker.nonce) {
    const { runs, bodyKey } = record;
    const rerun = { reason: 'lease-expired' as const, previousFence: 0n, previousOwner: {} };
    // A take-over asked for again: whom it took the place of is not known any more.
    return { kind: 'claimed', fence, runs, bodyKey, ...(runs > 1 ? { unknownOutcome: rerun } : {}) };
  }
  if (execution === asker.owner.execution && asker.owner.startOrder < record.startOrder)
    return { kind: 'stale-start', fence };
  return { kind: 'live', fence, fingerprint, execution, leaseRemainingMs: remainingMs };
}

/** The record of a new claim, in the place of `old`. */
export function taken(
  request: ClaimRequest,
  old: MemoryRecord | undefined,
  fence: bigint,
  now: number,
): MemoryRecord {
  const vanished = old?.state === 'running' ? old : undefined;
  const settled = old?.state === 'completed' || old?.state === 'failed' ? old : undefined;
  return {
    state: 'running',
    fence,
    nonce: request.nonce,
    runs: (vanished?.runs ?? 0) + 1,
    type: request.type,
    bodyKey: vanished?.bodyKey ?? request.bodyKey ?? request.key,
    fingerprint: request.fingerprints[0],
    execution: request.owner.execution,
    startOrder: request.owner.startOrder,
    detail: request.owner.detail,
    claimedAtMs: now,
    settledAtMs: undefined,
    endsAtMs: now + request.leaseMs,
    payload: undefined,
    context: undefined,
    life: settled === undefined ? (old?.life ?? 0n) : settled.fence,
    steps: old?.steps ?? new Map<string, RecordedStep>(),
  };
}

/** What the winner is told: of a holder that vanished as well. */
export function claimed(
  { fence, runs, bodyKey }: MemoryRecord,
  request: ClaimRequest,
  old: MemoryRecord | undefined,
): ClaimAnswer {
  const won = { kind: 'claimed' as const, fence, runs, bodyKey };
  if (old?.state !== 'running') return won;
  const ownNewerStart =
    old.execution === request.owner.execution && old.startOrder < request.owner.startOrder;
  const reason = ownNewerStart ? ('own-newer-start' as const) : ('lease-expired' as const);
  return { ...won, unknownOutcome: { reason, previousFence: old.fence, previousOwner: old.detail } };
}
