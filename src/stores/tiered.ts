import type { ActivityTypesStore } from './activity-types';
import type { Decision, DecisionAnswer, Decisions } from './decisions';
import type { PostgresStore } from './postgres/postgres-store';
import type { RedisCache } from './redis/redis-cache';
import type {
  ClaimAnswer,
  ClaimName,
  ClaimRequest,
  ClearReport,
  CountDelta,
  Outcome,
  OutcomeToRecord,
  Queryable,
  RecordVerdict,
  RecordView,
  Settlement,
  SettleVerdict,
  StepsAnswer,
  StepToRecord,
  TransactionalStore,
} from './store';
import type { RecordsView } from './records-view';
import type { RunDurationStore } from './run-durations';
import type { StartStore } from './starts';
import { TieredSchedules } from './tiered-schedules';
import { TieredUpkeep } from './tiered-upkeep';

/** Redis in front, Postgres decides: Redis may answer a recorded outcome, and nothing else. */
export class TieredStore implements TransactionalStore {
  /** Fills under way, so that `close` lets go of nothing half-done. */
  private readonly fills = new Set<Promise<void>>();
  readonly upkeep: TieredUpkeep;
  readonly activityTypes: ActivityTypesStore;
  /** Never cached: an outcome that a start led to is fetched from the record by whoever asks for it. */
  readonly starts: StartStore;
  readonly schedules: TieredSchedules;
  readonly view: RecordsView;
  readonly decisions: Decisions;
  readonly runDurations: RunDurationStore;

  constructor(
    readonly truth: PostgresStore,
    readonly cache: RedisCache,
  ) {
    this.upkeep = new TieredUpkeep(truth, cache);
    this.activityTypes = truth.activityTypes;
    this.starts = truth.starts;
    this.view = truth.view;
    this.decisions = { decide: (decision) => this.decide(decision) };
    this.runDurations = truth.runDurations;
    this.schedules = new TieredSchedules(truth.schedules, cache, (fill) => this.offer(fill));
  }

  peek(key: string): Promise<Outcome | undefined> {
    return this.cache.get(key);
  }

  claim(request: ClaimRequest): Promise<ClaimAnswer> {
    const askedAtMs = performance.now();
    return this.truth.claim(request).then((answer) => {
      if (answer.kind === 'outcome' && request.useCache) {
        this.offer(this.cache.fill(request.key, answer, askedAtMs));
      }
      return answer;
    });
  }

  settle(settlement: Settlement): Promise<SettleVerdict> {
    const askedAtMs = performance.now();
    return this.truth.settle(settlement).then((verdict) => {
      if (verdict === 'done') this.settled(settlement, askedAtMs);
      return verdict;
    });
  }

  settleWithin(db: Queryable, settlement: Settlement): Promise<SettleVerdict> {
    return this.truth.settleWithin(db, settlement);
  }

  settled(settlement: Settlement, askedAtMs: number): void {
    if (settlement.op === 'release') {
      this.offer(this.cache.wake(settlement.key));
    } else if (settlement.op !== 'renew' && settlement.cache !== undefined) {
      const { op, fence, payload, context, retentionMs, cache } = settlement;
      const state = op === 'complete' ? 'completed' : 'failed';
      const outcome = { state, fence, payload, context, retentionLeftMs: retentionMs, ...cache } as const;
      this.offer(
        cache.keep ? this.cache.fill(settlement.key, outcome, askedAtMs) : this.cache.tell(settlement.key),
      );
    }
  }

  /** Never cached: a step answers its own operation alone, and that one asks once a run. */
  steps(claim: ClaimName): Promise<StepsAnswer> {
    return this.truth.steps(claim);
  }

  recordStep(step: StepToRecord): Promise<SettleVerdict> {
    return this.truth.recordStep(step);
  }

  lookup(key: string): Promise<RecordView | undefined> {
    return this.truth.lookup(key);
  }

  async record(outcome: OutcomeToRecord): Promise<RecordVerdict> {
    const verdict = await this.truth.record(outcome);
    if (verdict === 'recorded') this.offer(this.cache.wake(outcome.key));
    return verdict;
  }

  async clear(key: string): Promise<ClearReport> {
    return this.told(key, await this.truth.clear(key, this.cache.prefix));
  }

  changed(key: string, maxMs: number, signal: AbortSignal): Promise<void> {
    return this.cache.changed(key, maxMs, signal);
  }

  clock(): Promise<Date> {
    return this.truth.clock();
  }

  addCounts(counts: readonly CountDelta[]): Promise<void> {
    return this.truth.addCounts(counts);
  }

  readCounts(sinceMinutes: number): Promise<readonly CountDelta[]> {
    return this.truth.readCounts(sinceMinutes);
  }

  async close(): Promise<void> {
    await this.upkeep.close();
    await Promise.all(this.fills);
    await this.cache.close();
    await this.truth.close();
  }

  private async decide(decision: Decision): Promise<DecisionAnswer> {
    const answer = await this.truth.decide(decision, this.cache.prefix);
    if (answer.verdict !== 'done') return answer;
    return { verdict: 'done', ...(await this.told(decision.key, answer)) };
  }

  /** Tells the cache of a clear that has committed. */
  private async told(key: string, report: ClearReport): Promise<ClearReport> {
    const { fence } = report;
    if (await this.cache.clear(key, fence)) {
      // Not waited for: what stays unmarked is told once more, and a fenced tombstone may be placed again.
      const { invalidations } = this.truth.upkeep;
      this.offer(invalidations.placed(this.cache.prefix, { key, fence }).catch(() => undefined));
      return { ...report, cache: 'done' };
    }
    this.upkeep.missed();
    return { ...report, cache: 'missed', cacheMaxAgeMs: this.cache.maxAgeMs, pending: true };
  }

  private offer(fill: Promise<void>): void {
    // Fills of one batch share one promise.
    if (this.fills.has(fill)) return;
    this.fills.add(fill);
    void fill.finally(() => this.fills.delete(fill));
  }
}
