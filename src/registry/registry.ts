import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScheduleConflictError, type FreeOffset, type ScheduleConflict } from '../schedule-errors';
import { StoreUnavailableError } from '../store-errors';
import type { ScheduleFacts, ScheduleRow, ScheduleStore } from '../stores/schedules';
import { deleteSchedule, describeSchedule, grpcCode, type SchedulesClient } from '../temporal/live-schedules';
import { Clashes, type Around } from './clashes';
import { clashConflict, sameTimesConflict } from './conflicts';
import { freeOffsets } from './free-offsets';
import { Survey, withoutExclusions } from './survey';
import { factsOfLive, MEMO_FIELDS, type Wanted } from './wanted';

/** Bound of one question to the server. What is created under a reservation has a bound of its own. */
const ASK_WITHIN_MS = 10_000;
const ALREADY_EXISTS = 6;
/** The server has said that there is no such schedule through this call, and will not make it later either. */
const REFUSALS = new Set([3, 5, ALREADY_EXISTS, 7, 8, 9, 12, 16]);

const registering = new AsyncLocalStorage<string>();

/** Whether the creation of this very schedule has been let through by `register`: the door need not ask again. */
export function isRegistering(scheduleId: string): boolean {
  return registering.getStore() === scheduleId;
}

/** A key that is reserved for a schedule, or (`standing`) has a live row of that very schedule already. */
interface Ticket {
  readonly token: string;
  readonly standing: boolean;
  readonly fence: bigint;
  /** Monotonic time after which nothing may be created under it any more. */
  readonly createUntilMs: number;
}

/**
 * Registers schedules: reserve in the store, where the unique key decides; create on the server; mark live. Whoever finds
 * a reservation or a row that the server contradicts puts it right.
 */
export class Registry {
  private readonly survey: Survey;
  private readonly clashes: Clashes;

  /** @param leaseMs of a reservation; half of it is left to the creation, so that none arrives after its reservation */
  constructor(
    private readonly client: SchedulesClient,
    readonly store: ScheduleStore,
    private readonly leaseMs: number,
  ) {
    this.survey = new Survey(client, store);
    this.clashes = new Clashes(store, this.survey, ASK_WITHIN_MS);
  }

  /**
   * Creates through `create` unless another schedule has the composite key; or changes one that is there (`changed`).
   * @throws ScheduleConflictError; StoreUnavailableError before anything was created; what `create` throws
   */
  async register<Created>(
    wanted: Wanted,
    create: () => Promise<Created>,
    how: 'created' | 'changed' = 'created',
  ): Promise<Created> {
    let ticket = await this.admit(wanted);
    let created: Created;
    try {
      if (!ticket.standing) await this.refuseOthers(wanted, ticket.fence);
      // The look took its time: a reservation of the same schedule is handed on, with a lease from now on.
      if (ticket.createUntilMs - performance.now() < this.leaseMs / 4) ticket = await this.admit(wanted);
      const leftMs = ticket.createUntilMs - performance.now();
      created = await registering.run(wanted.scheduleId, () =>
        this.client.withDeadline(Date.now() + Math.max(0, leftMs), create),
      );
    } catch (error) {
      await this.notCreated(wanted, ticket, error);
      throw error;
    }
    await this.createdIt(wanted, how);
    return created;
  }

  /** The conflicts that creating it now would meet; nothing is written. */
  async conflicts(wanted: Wanted): Promise<readonly ScheduleConflict[]> {
    const [row] = await this.store.withKeys(wanted.namespace, [wanted.compositeKey]);
    if (row !== undefined && row.scheduleId !== wanted.scheduleId) {
      const seen = await this.survey.compared(row, ASK_WITHIN_MS);
      if (seen.is === 'same') return [await this.conflictWith(wanted, row.scheduleId, 'live')];
      if (seen.is === 'missing' && row.state === 'reserving' && row.leftMs > 0)
        return [await this.conflictWith(wanted, row.scheduleId, 'reserving')];
    }
    const other = await this.survey.sameTimes(wanted, ASK_WITHIN_MS);
    if (other !== undefined) return [await this.conflictWith(wanted, other.scheduleId, 'live')];
    const around = await this.clashes.around(wanted);
    if (around.met.length === 0) return [];
    const ways = await this.waysOut(wanted, around);
    return around.met.map((met) => clashConflict(wanted, met, ways));
  }

  /** Whether this very schedule is on the server with this composite key; then the registry knows it from now on. */
  async isThere(wanted: Wanted): Promise<boolean> {
    const { namespace, scheduleId, compositeKey } = wanted;
    const there = await this.survey.described(scheduleId, ASK_WITHIN_MS);
    if (there?.compositeKey !== compositeKey) return false;
    const [row] = await this.store.withIds(namespace, [scheduleId]);
    if (row?.compositeKey !== compositeKey) await this.createdIt(wanted, 'present');
    return true;
  }

  /** Until the key is reserved for this schedule, or another one is known to have it. */
  private async admit(wanted: Wanted): Promise<Ticket> {
    await this.fastLook(wanted);
    const token = randomUUID();
    const waitUntilMs = performance.now() + this.leaseMs;
    let insteadOf: string | undefined;
    for (let round = 0; ; round++) {
      const askedAtMs = performance.now();
      const { mine, row } = await this.store.reserve(wanted, { token, leaseMs: this.leaseMs, insteadOf });
      const ticket = { token, fence: row.fence, createUntilMs: askedAtMs + this.leaseMs / 2 };
      if (mine) return { ...ticket, standing: false };
      const own = row.scheduleId === wanted.scheduleId;
      if (own && row.state === 'live') return { ...ticket, standing: true };
      // Its own reservation, made at this very moment, is handed on when it is asked for again.
      insteadOf = own ? undefined : await this.putRight(wanted, row);
      if (insteadOf !== undefined) continue;
      // It is being created elsewhere at this moment: whether it comes about will be known soon.
      if (performance.now() > waitUntilMs) await this.refuse(wanted, row.scheduleId, 'reserving');
      await sleep(Math.min(500, 25 * 2 ** round) * (0.5 + Math.random()));
    }
  }

  /** Where a cache knows a place to look, the server alone may tell that the key is another's. */
  private async fastLook(wanted: Wanted): Promise<void> {
    const { namespace, scheduleId, compositeKey } = wanted;
    const believed = await this.store.peek?.(namespace, compositeKey);
    if (believed === undefined || believed === scheduleId) return;
    const live = await describeSchedule(this.client, believed, ASK_WITHIN_MS, MEMO_FIELDS);
    const facts = live && factsOfLive(namespace, live, undefined);
    if (facts?.compositeKey === compositeKey) await this.refuse(wanted, believed, 'live');
  }

  /**
   * Compares a row that has the key with the server.
   * @returns the token of a dead row, to be taken over; undefined where it is too early to say
   * @throws ScheduleConflictError where that schedule is there and has the key
   */
  private async putRight(wanted: Wanted, row: ScheduleRow): Promise<string | undefined> {
    const seen = await this.survey.compared(row, ASK_WITHIN_MS);
    if (seen.is === 'same') {
      // Its creator has not told, and may never: what is on the server is live.
      if (row.state === 'reserving') await this.store.live(factsOf(row), randomUUID(), row.token);
      return this.refuse(wanted, row.scheduleId, 'live');
    }
    if (row.state === 'reserving' && row.leftMs > 0) return undefined;
    // No matter who did it: the key is free then, or another row has it.
    if (seen.is === 'other' && row.state === 'live' && seen.facts !== undefined)
      await this.store.changed(row, seen.facts, randomUUID());
    return row.token;
  }

  /** What the unique key does not see: schedules that are not registered, and clashes under other keys. */
  private async refuseOthers(wanted: Wanted, fence: bigint): Promise<void> {
    const other = await this.survey.sameTimes(wanted, ASK_WITHIN_MS);
    if (other !== undefined) await this.refuse(wanted, other.scheduleId, 'live');
    const around = await this.clashes.around(wanted, fence, this.leaseMs / 4);
    const [met] = around.met;
    if (met === undefined) return;
    throw new ScheduleConflictError(
      wanted.scheduleId,
      clashConflict(wanted, met, await this.waysOut(wanted, around)),
    );
  }

  private async notCreated(wanted: Wanted, { token, standing }: Ticket, error: unknown): Promise<void> {
    const code = creationCode(error);
    try {
      if (code === ALREADY_EXISTS) {
        // It was there before. Where it is the same one, the registry knows it from now on.
        const there = await this.survey.described(wanted.scheduleId, ASK_WITHIN_MS);
        if (there?.compositeKey === wanted.compositeKey) {
          await this.store.live(wanted, randomUUID());
          return;
        }
      }
      // Whatever else happened, the creation may still arrive: the reservation stays until its lease is over, and the next
      // creator asks the server.
      if (!standing && (code === undefined || REFUSALS.has(code))) await this.store.release(wanted, token);
    } catch {
      // The first error is the one to tell; the reservation ends with its lease.
    }
  }

  private async createdIt(wanted: Wanted, how: 'created' | 'changed' | 'present'): Promise<void> {
    let other: ScheduleRow | undefined;
    try {
      other = await this.store.live(wanted, randomUUID());
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      // It is there, which is what counts; the next creator who meets the reservation asks the server and marks it.
      return;
    }
    // One that was there before stays, whatever the registry says of another: nobody asked for its end.
    if (other === undefined || how === 'present') return;
    // This process stood still for so long that its reservation was taken over: what it created is one too many.
    if (how === 'created') await deleteSchedule(this.client, wanted.scheduleId, this.leaseMs);
    await this.refuse(wanted, other.scheduleId, other.state);
  }

  private async refuse(wanted: Wanted, otherScheduleId: string, state: ScheduleRow['state']): Promise<never> {
    throw new ScheduleConflictError(
      wanted.scheduleId,
      await this.conflictWith(wanted, otherScheduleId, state),
    );
  }

  private async conflictWith(
    wanted: Wanted,
    otherScheduleId: string,
    otherState: ScheduleRow['state'],
  ): Promise<ScheduleConflict> {
    const ways = await this.waysOut(wanted, await this.clashes.around(wanted));
    return sameTimesConflict(wanted, { otherScheduleId, otherState }, ways);
  }

  private async waysOut(wanted: Wanted, { free }: Around): Promise<readonly FreeOffset[]> {
    const listed = await this.survey.timesOf(wanted);
    const taken = async (keys: readonly string[]): Promise<ReadonlySet<string>> => {
      const rows = await this.store.withKeys(wanted.namespace, keys);
      return new Set(rows.flatMap(({ compositeKey }) => compositeKey ?? []));
    };
    return freeOffsets(wanted, {
      taken,
      listed: (spec) => listed.has(withoutExclusions(spec)),
      free,
    });
  }
}

/** The SDK has a class of its own for it, which has lost the status. */
function creationCode(error: unknown): number | undefined {
  if (error instanceof ScheduleConflictError) return undefined;
  if (error instanceof Error && error.name === 'ScheduleAlreadyRunning') return ALREADY_EXISTS;
  return grpcCode(error);
}

function factsOf(row: ScheduleRow): ScheduleFacts {
  return { ...row, compositeKey: row.compositeKey ?? '' };
}
