import { sameOutcome } from '../same-outcome';
import { MemoryActivityTypes } from './memory-activity-types';
import { MemoryStarts } from './memory-starts';
import type {
  ClaimAnswer,
  ClaimName,
  ClaimRequest,
  ClearReport,
  CountDelta,
  OutcomeToRecord,
  RecordedStep,
  RecordVerdict,
  RecordView,
  Settlement,
  SettleVerdict,
  StepsAnswer,
  StepToRecord,
  Store,
} from '../store';

interface MemoryRecord {
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

/**
 * Records in this process, for unit tests: the same contract, no durability, no other processes.
 * Its clock can be set, so that a test need not wait for a lease or a retention.
 */
export class MemoryStore implements Store {
  readonly starts: MemoryStarts;
  private readonly records = new Map<string, MemoryRecord>();
  private readonly counts = new Map<string, CountDelta & { minute: number }>();
  private readonly listeners = new Map<string, Set<() => void>>();
  private lastFence = 0n;
  readonly activityTypes: MemoryActivityTypes;

  /** @param now milliseconds; must not go backwards. Default: a monotonic clock. */
  constructor(private readonly now: () => number = () => performance.timeOrigin + performance.now()) {
    this.activityTypes = new MemoryActivityTypes(now);
    this.starts = new MemoryStarts({
      now,
      lookup: (key) => this.lookup(key),
      record: (outcome) => this.record(outcome),
    });
  }

  claim(request: ClaimRequest): Promise<ClaimAnswer> {
    return Promise.resolve(this.claimNow(request));
  }

  settle(settlement: Settlement): Promise<SettleVerdict> {
    return Promise.resolve(this.settleNow(settlement));
  }

  steps(claim: ClaimName): Promise<StepsAnswer> {
    const record = this.held(claim);
    if (record === undefined) return Promise.resolve({ kind: 'stale' });
    const steps = [...record.steps.values()].filter(({ fence }) => fence > record.life);
    return Promise.resolve({ kind: 'steps', life: record.life, steps });
  }

  recordStep({ name, payload, context, ...claim }: StepToRecord): Promise<SettleVerdict> {
    const record = this.held(claim);
    if (record === undefined) return Promise.resolve('stale');
    const { fence } = record;
    if (record.steps.get(name)?.fence !== fence) record.steps.set(name, { name, fence, payload, context });
    return Promise.resolve('done');
  }

  clock(): Promise<Date> {
    return Promise.resolve(new Date(this.now()));
  }

  lookup(key: string): Promise<RecordView | undefined> {
    const record = this.records.get(key);
    const now = this.now();
    if (record === undefined || record.state === 'absent') return Promise.resolve(undefined);
    if (record.state !== 'running' && record.endsAtMs <= now) return Promise.resolve(undefined);
    const { fence, runs, type, fingerprint, state, payload, context } = record;
    return Promise.resolve({
      key,
      type,
      state,
      fence,
      runs,
      fingerprint,
      owner: record.detail,
      claimedAt: new Date(record.claimedAtMs),
      settledAt: record.settledAtMs === undefined ? undefined : new Date(record.settledAtMs),
      remainingMs: Math.max(0, record.endsAtMs - now),
      payload,
      context,
    });
  }

  async record(outcome: OutcomeToRecord): Promise<RecordVerdict> {
    const now = this.now();
    const old = this.records.get(outcome.key);
    if (old !== undefined && old.state !== 'absent' && old.endsAtMs > now) {
      const standing = await this.lookup(outcome.key);
      if (standing === undefined || old.state === 'running') return 'live';
      return sameOutcome(standing, outcome) ? 'recorded' : 'settled';
    }
    this.records.set(outcome.key, {
      state: 'completed',
      fence: ++this.lastFence,
      nonce: '',
      runs: 1,
      type: outcome.type,
      bodyKey: outcome.key,
      fingerprint: outcome.fingerprint,
      execution: 'recorded',
      startOrder: 0,
      detail: {},
      claimedAtMs: now,
      settledAtMs: now,
      endsAtMs: now + outcome.retentionMs,
      payload: outcome.payload,
      context: outcome.context,
      life: 0n,
      steps: new Map(),
    });
    this.wake(outcome.key);
    return 'recorded';
  }

  clear(key: string): Promise<ClearReport> {
    const record = this.records.get(key);
    const wasStarted = this.starts.clear(key);
    const found = record?.state ?? 'absent';
    const previous = found === 'absent' && wasStarted ? 'running' : found;
    if (record !== undefined) {
      this.free(record);
      // Whoever held it is stale, even to let it go.
      record.nonce = '';
      record.life = record.fence;
    }
    this.wake(key);
    const fence = ++this.lastFence;
    return Promise.resolve({ previous, fence, cache: 'none', cacheMaxAgeMs: 0, pending: false });
  }

  changed(key: string, maxMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.listeners.get(key)?.delete(done);
        resolve();
      };
      const timer = setTimeout(done, maxMs);
      signal.addEventListener('abort', done, { once: true });
      const listening = this.listeners.get(key) ?? new Set();
      this.listeners.set(key, listening.add(done));
    });
  }

  addCounts(counts: readonly CountDelta[]): Promise<void> {
    const minute = Math.floor(this.now() / 60_000);
    for (const delta of counts) {
      const name = JSON.stringify([minute, delta.type, delta.door, delta.path]);
      const count = (this.counts.get(name)?.count ?? 0) + delta.count;
      this.counts.set(name, { ...delta, count, minute });
    }
    return Promise.resolve();
  }

  readCounts(sinceMinutes: number): Promise<readonly CountDelta[]> {
    const oldest = Math.floor(this.now() / 60_000) - sinceMinutes;
    const sums = new Map<string, CountDelta>();
    for (const { minute, type, door, path, count } of this.counts.values()) {
      if (minute < oldest) continue;
      const name = JSON.stringify([type, door, path]);
      sums.set(name, { type, door, path, count: (sums.get(name)?.count ?? 0) + count });
    }
    return Promise.resolve([...sums.keys()].sort().map((name) => sums.get(name) as CountDelta));
  }

  close(): Promise<void> {
    for (const key of [...this.listeners.keys()]) this.wake(key);
    return Promise.resolve();
  }

  private claimNow(request: ClaimRequest): ClaimAnswer {
    const now = this.now();
    const old = this.records.get(request.key);
    if (old !== undefined && !isFree(old, request, now)) return standing(old, request, now);
    const vanished = old?.state === 'running' ? old : undefined;
    const settled = old?.state === 'completed' || old?.state === 'failed' ? old : undefined;
    const ownNewerStart =
      vanished?.execution === request.owner.execution && vanished.startOrder < request.owner.startOrder;
    const record: MemoryRecord = {
      state: 'running',
      fence: ++this.lastFence,
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
    this.records.set(request.key, record);
    const claimed = {
      kind: 'claimed' as const,
      fence: record.fence,
      runs: record.runs,
      bodyKey: record.bodyKey,
    };
    if (vanished === undefined) return claimed;
    const reason = ownNewerStart ? ('own-newer-start' as const) : ('lease-expired' as const);
    return {
      ...claimed,
      unknownOutcome: { reason, previousFence: vanished.fence, previousOwner: vanished.detail },
    };
  }

  private settleNow(settlement: Settlement): SettleVerdict {
    const record = this.records.get(settlement.key);
    if (record === undefined || record.fence !== settlement.fence || record.nonce !== settlement.nonce)
      return 'stale';
    const settledAs = { complete: 'completed', fail: 'failed', release: 'absent', renew: undefined }[
      settlement.op
    ];
    if (record.state !== 'running') return record.state === settledAs ? 'done' : 'stale';
    const now = this.now();
    if (settlement.op === 'renew') {
      record.endsAtMs = now + settlement.leaseMs;
      return 'done';
    }
    if (settlement.op === 'release') {
      this.free(record);
    } else {
      record.state = settlement.op === 'complete' ? 'completed' : 'failed';
      record.settledAtMs = now;
      record.endsAtMs = now + settlement.retentionMs;
      record.payload = settlement.payload;
      record.context = settlement.context;
    }
    this.wake(settlement.key);
    return 'done';
  }

  /** The record of a claim that is the live one. */
  private held({ key, fence, nonce }: ClaimName): MemoryRecord | undefined {
    const record = this.records.get(key);
    const live = record?.state === 'running' && record.fence === fence && record.nonce === nonce;
    return live ? record : undefined;
  }

  private free(record: MemoryRecord): void {
    record.state = 'absent';
    record.settledAtMs = record.endsAtMs = this.now();
    record.payload = record.context = undefined;
  }

  private wake(key: string): void {
    for (const done of [...(this.listeners.get(key) ?? [])]) done();
  }
}

function isFree(record: MemoryRecord, asker: ClaimRequest, now: number): boolean {
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

function standing(record: MemoryRecord, asker: ClaimRequest, now: number): ClaimAnswer {
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
