import type { PostgresSchedules } from './postgres/schedules';
import type { RedisCache } from './redis/redis-cache';
import type { Reservation, ReserveAnswer, ScheduleFacts, ScheduleRow, ScheduleStore } from './schedules';

/**
 * The registry with a cache in front. Redis knows where to look: the schedule that had a key a while ago. Whoever looks there
 * asks the server, so that a duplicate is told without a statement in Postgres and a stale entry costs one question.
 */
export class TieredSchedules implements ScheduleStore {
  constructor(
    private readonly truth: PostgresSchedules,
    private readonly cache: RedisCache,
    private readonly offer: (fill: Promise<void>) => void,
  ) {}

  peek(namespace: string, compositeKey: string): Promise<string | undefined> {
    return this.cache.hint(hintName(namespace, compositeKey));
  }

  async reserve(facts: ScheduleFacts, reservation: Reservation): Promise<ReserveAnswer> {
    const answer = await this.truth.reserve(facts, reservation);
    if (answer.row.state === 'live') this.note(answer.row);
    return answer;
  }

  async live(facts: ScheduleFacts, token: string, only?: string): Promise<ScheduleRow | undefined> {
    const other = await this.truth.live(facts, token, only);
    this.note(other ?? facts);
    return other;
  }

  release(facts: ScheduleFacts, token: string): Promise<boolean> {
    return this.truth.release(facts, token);
  }

  changed(row: ScheduleRow, now: ScheduleFacts, token: string): Promise<boolean> {
    return this.truth.changed(row, now, token);
  }

  forget(namespace: string, scheduleId: string): Promise<boolean> {
    return this.truth.forget(namespace, scheduleId);
  }

  withKeys(namespace: string, compositeKeys: readonly string[]): Promise<readonly ScheduleRow[]> {
    return this.truth.withKeys(namespace, compositeKeys);
  }

  withIds(namespace: string, scheduleIds: readonly string[]): Promise<readonly ScheduleRow[]> {
    return this.truth.withIds(namespace, scheduleIds);
  }

  onResource(namespace: string, tenant: string, resource: string): Promise<readonly ScheduleRow[]> {
    return this.truth.onResource(namespace, tenant, resource);
  }

  ofNamespace(namespace: string): Promise<readonly ScheduleRow[]> {
    return this.truth.ofNamespace(namespace);
  }

  ofNames(namespace: string, names: readonly string[]): Promise<readonly ScheduleRow[]> {
    return this.truth.ofNames(namespace, names);
  }

  ofPlan(namespace: string, plan: string): Promise<readonly ScheduleRow[]> {
    return this.truth.ofPlan(namespace, plan);
  }

  private note(of: {
    readonly namespace: string;
    readonly compositeKey: string | undefined;
    readonly scheduleId: string;
  }): void {
    if (of.compositeKey === undefined) return;
    this.offer(this.cache.setHint(hintName(of.namespace, of.compositeKey), of.scheduleId));
  }
}

/** No record has such a key: theirs begin with the version of their form. */
function hintName(namespace: string, compositeKey: string): string {
  return `schedule:${namespace}:${compositeKey}`;
}
