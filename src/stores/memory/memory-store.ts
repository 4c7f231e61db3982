import { sameOutcome } from '../same-outcome';
import { MemoryActivityTypes } from './memory-activity-types';
import { MemoryCounts } from './memory-counts';
import { claimed, isFree, standing, taken, type MemoryRecord } from './memory-record';
import { MemoryStarts } from './memory-starts';
import type {
  ClaimAnswer,
  ClaimName,
  ClaimRequest,
  ClearReport,
  CountDelta,
  OutcomeToRecord,
  RecordVerdict,
  RecordView,
  Settlement,
  SettleVerdict,
  StepsAnswer,
  StepToRecord,
  Store,
} from '../store';

/**
 * Records in this process, for unit tests: the same contract, no durability, no other processes.
 * Its clock can be set, so that a test need not wait for a lease or a retention.
 */
export class MemoryStore implements Store {
  readonly starts: MemoryStarts;
  private readonly records = new Map<string, MemoryRecord>();
  private readonly counts: MemoryCounts;
  private readonly listeners = new Map<string, Set<() => void>>();
  private lastFence = 0n;
  readonly activityTypes: MemoryActivityTypes;

  /** @param now milliseconds; must not go backwards. Default: a monotonic clock. */
  constructor(private readonly now: () => number = () => performance.timeOrigin + performance.now()) {
    this.counts = new MemoryCounts(now);
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
    this.counts.add(counts);
    return Promise.resolve();
  }

  readCounts(sinceMinutes: number): Promise<readonly CountDelta[]> {
    return Promise.resolve(this.counts.read(sinceMinutes));
  }

  close(): Promise<void> {
    for (const key of [...this.listeners.keys()]) this.wake(key);
    return Promise.resolve();
  }

  private claimNow(request: ClaimRequest): ClaimAnswer {
    const now = this.now();
    const old = this.records.get(request.key);
    if (old !== undefined && !isFree(old, request, now)) return standing(old, request, now);
    const record = taken(request, old, ++this.lastFence, now);
    this.records.set(request.key, record);
    return claimed(record, request, old);
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
