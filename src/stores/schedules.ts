/**
 * The registry of schedules: which schedule of a namespace has which composite key. The contract in words, held by
 * `test/stores/schedules.test.ts`.
 *
 *   free ──reserve──▶ reserving ──live──▶ live ──forget──▶ free
 *                        ├─release──▶ free
 *                        └─lease over, not on the server──reserve instead of it──▶ reserving (another)
 *   live, not on the server (deleted by hand) ──reserve instead of it──▶ reserving (another)
 *   live, changed by hand ──changed──▶ live under the key it has by now
 *
 * - At most one row a composite key and namespace: that is what decides between two creators.
 * - A reservation of one schedule is handed on to the next creator of the same schedule at once: of one id the server lets
 *   only one be created.
 * - A row is changed only by whoever saw it last (`token`). Leases end by the store's clock.
 * - What the server has is the truth of what exists; the registry is asked first and believed after it was compared.
 */
export interface ScheduleStore {
  /** Reserves the key. Repeated with its token, the same reservation. @returns the row that has the key by now */
  reserve(facts: ScheduleFacts, reservation: Reservation): Promise<ReserveAnswer>;
  /**
   * The schedule is on the server. With `only` just that very row becomes live.
   * @returns undefined, or the row of another schedule that has the key
   */
  live(facts: ScheduleFacts, token: string, only?: string): Promise<ScheduleRow | undefined>;
  /** Lets a reservation go; false when it was not there any more. */
  release(facts: ScheduleFacts, token: string): Promise<boolean>;
  /** A live row whose schedule has another composite key on the server by now. */
  changed(row: ScheduleRow, now: ScheduleFacts, token: string): Promise<boolean>;
  /** The schedule was deleted on purpose. */
  forget(namespace: string, scheduleId: string): Promise<boolean>;
  /** Rows that have one of these composite keys. */
  withKeys(namespace: string, compositeKeys: readonly string[]): Promise<readonly ScheduleRow[]>;
  /** Live rows of these schedules. */
  withIds(namespace: string, scheduleIds: readonly string[]): Promise<readonly ScheduleRow[]>;
  /** Rows, reservations included, of one tenant's resource, in the order of their fences. */
  onResource(namespace: string, tenant: string, resource: string): Promise<readonly ScheduleRow[]>;
  /** Live rows, of plans and of no plan. */
  ofNamespace(namespace: string): Promise<readonly ScheduleRow[]>;
  /** Rows, reservations included, that have one of these names as id or in their plan, or want to be separate from one of them. */
  ofNames(namespace: string, names: readonly string[]): Promise<readonly ScheduleRow[]>;
  /** Live rows of a plan. */
  ofPlan(namespace: string, plan: string): Promise<readonly ScheduleRow[]>;
  /** What a cache in front believes has the key: a place to look, no answer. Absent where there is none. */
  peek?(namespace: string, compositeKey: string): Promise<string | undefined>;
}

/** A schedule as far as the registry knows it. */
export interface ScheduleFacts {
  readonly namespace: string;
  readonly scheduleId: string;
  readonly compositeKey: string;
  readonly jobType: string;
  readonly tenant: string;
  readonly resource?: string | undefined;
  readonly workflowType: string;
  readonly taskQueue: string;
  /** A `Spec` of the spec engine; the store does not look into it. */
  readonly spec: unknown;
  readonly expectedDurationMs?: number | undefined;
  readonly expiresAfterMs?: number | undefined;
  /** The plan it belongs to; undefined for one of its own. */
  readonly plan?: string | undefined;
  /** What the plan says of it, e.g. texts as written, why; the store looks for `name` and `separateFrom: [{ job }]` only. */
  readonly job?: unknown;
}

export interface Reservation {
  /** Names this reservation. UUID. */
  readonly token: string;
  readonly leaseMs: number;
  /** Token of a row that was found to be dead on the server, and is taken over. */
  readonly insteadOf?: string | undefined;
}

export interface ScheduleRow extends Omit<ScheduleFacts, 'compositeKey'> {
  /** Undefined: it was changed by hand to what another one has. */
  readonly compositeKey: string | undefined;
  readonly state: 'reserving' | 'live';
  readonly token: string;
  /** Grows with each reservation; on one tenant's resource in the order in which they can be seen. */
  readonly fence: bigint;
  /** What is left of a reservation, by the store's clock. */
  readonly leftMs: number;
}

export interface ReserveAnswer {
  /** False: the key is another's, or this very schedule's and live. */
  readonly mine: boolean;
  readonly row: ScheduleRow;
}
