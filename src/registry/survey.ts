import { canonical, type Spec } from '../schedules/spec';
import type { ScheduleRow, ScheduleStore } from '../stores/schedules';
import {
  describeSchedule,
  listSchedules,
  type LiveSchedule,
  type SchedulesClient,
} from '../temporal/live-schedules';
import { specOfServer } from './server-spec';
import { factsOfLive, identityOfLive, MEMO_FIELDS, type Identity, type Wanted } from './wanted';

/** So many schedules of a namespace are looked at, and so many described. */
const MOST_LISTED = 2_000;
const MOST_DESCRIBED = 50;
const KEEP_MS = 5_000;
/** A list is cut to ten calendars and ten intervals; what has fewer is whole, less its exclusions. */
const CUT_AT = 10;

interface Seen {
  readonly live: LiveSchedule;
  readonly identity: Identity;
  /** What it fires at before exclusions; undefined where the list does not tell it whole. */
  readonly times: string | undefined;
}

export type Compared =
  | { readonly is: 'missing' }
  | { readonly is: 'same' }
  | { readonly is: 'other'; readonly facts: Wanted | undefined };

/**
 * Schedules that are on the server and perhaps not in the registry: made by other SDKs, by the command line, before this
 * package came, or changed by hand. Found by the server's list, which is a moment behind, so it never arbitrates between two
 * creators; each one found is described before anybody is refused for it.
 */
export class Survey {
  private known: { readonly atMs: number; readonly seen: Promise<readonly Seen[]> } | undefined;

  constructor(
    private readonly client: SchedulesClient,
    private readonly store: ScheduleStore,
  ) {}

  /** Another schedule that has the composite key by what the server says of it now. @throws what the client throws */
  async sameTimes(wanted: Wanted, withinMs: number): Promise<Wanted | undefined> {
    const times = withoutExclusions(wanted.spec);
    const candidates = (await this.seen(withinMs)).filter(
      ({ live, identity, times: theirs }) =>
        live.scheduleId !== wanted.scheduleId &&
        identity.jobType === wanted.jobType &&
        identity.tenant === wanted.tenant &&
        identity.resource === wanted.resource &&
        (theirs === undefined || theirs === times),
    );
    for (const { live } of candidates.slice(0, MOST_DESCRIBED)) {
      const facts = await this.described(live.scheduleId, withinMs);
      if (facts?.compositeKey === wanted.compositeKey) return facts;
    }
    return undefined;
  }

  /** What the server says of one schedule now, as far as it can be told. */
  async described(scheduleId: string, withinMs: number): Promise<Wanted | undefined> {
    const live = await describeSchedule(this.client, scheduleId, withinMs, MEMO_FIELDS);
    if (live === undefined) return undefined;
    const { namespace } = this.client.options;
    const [row] = await this.store.withIds(namespace, [scheduleId]);
    return factsOfLive(namespace, live, row);
  }

  /** A row held against the server: gone there, the same there, or another one by now (undefined where that can't be told). */
  async compared(row: ScheduleRow, withinMs: number): Promise<Compared> {
    const live = await describeSchedule(this.client, row.scheduleId, withinMs, MEMO_FIELDS);
    if (live === undefined) return { is: 'missing' };
    const facts = factsOfLive(row.namespace, live, row);
    return facts?.compositeKey === row.compositeKey ? { is: 'same' } : { is: 'other', facts };
  }

  /** Schedules of a resource that are not among those that are known already, as the server describes them. */
  async onResource(
    { tenant, resource }: Identity,
    known: ReadonlySet<string>,
    withinMs: number,
  ): Promise<readonly Wanted[]> {
    const candidates = (await this.seen(withinMs)).filter(
      ({ live, identity }) =>
        !known.has(live.scheduleId) && identity.tenant === tenant && identity.resource === resource,
    );
    const described = await Promise.all(
      candidates.slice(0, MOST_DESCRIBED).map(({ live }) => this.described(live.scheduleId, withinMs)),
    );
    return described.filter((facts) => facts?.tenant === tenant && facts.resource === resource) as Wanted[];
  }

  /** Of these rows those that are listed with other times by now, changed by hand perhaps, as the server describes them. */
  async changed(rows: readonly ScheduleRow[], withinMs: number): Promise<readonly Wanted[]> {
    if (rows.length === 0) return [];
    const byId = new Map(rows.map((row) => [row.scheduleId, row]));
    const candidates = (await this.seen(withinMs)).filter(({ live, times }) => {
      const row = byId.get(live.scheduleId);
      return row !== undefined && times !== undefined && times !== withoutExclusions(row.spec as Spec);
    });
    const described = await Promise.all(
      candidates.slice(0, MOST_DESCRIBED).map(({ live }) => this.described(live.scheduleId, withinMs)),
    );
    return described.flatMap((facts) => facts ?? []);
  }

  /** What is listed of this job, tenant and resource: times before exclusions. Of the last look, which may be none. */
  async timesOf({ jobType, tenant, resource }: Identity): Promise<ReadonlySet<string>> {
    const seen = await this.known?.seen.catch(() => []);
    const same = (seen ?? []).filter(
      ({ identity }) =>
        identity.jobType === jobType && identity.tenant === tenant && identity.resource === resource,
    );
    return new Set(same.flatMap(({ times }) => times ?? []));
  }

  /** One look answers everybody for some seconds. */
  private seen(withinMs: number): Promise<readonly Seen[]> {
    const now = performance.now();
    if (this.known === undefined || now - this.known.atMs > KEEP_MS) {
      const seen = this.look(withinMs);
      const known = { atMs: now, seen };
      this.known = known;
      seen.catch(() => {
        if (this.known === known) this.known = undefined;
      });
    }
    return this.known.seen;
  }

  private async look(withinMs: number): Promise<readonly Seen[]> {
    const { namespace } = this.client.options;
    const { schedules } = await listSchedules(this.client, MOST_LISTED, withinMs, MEMO_FIELDS);
    const rows = await this.store.withIds(
      namespace,
      schedules.map(({ scheduleId }) => scheduleId),
    );
    const byId = new Map(rows.map((row) => [row.scheduleId, row]));
    return schedules.flatMap((live) => {
      const identity = identityOfLive(namespace, live, byId.get(live.scheduleId));
      return identity === undefined ? [] : [{ live, identity, times: wholeTimes(live) }];
    });
  }
}

export function withoutExclusions(spec: Spec): string {
  return canonical({ ...spec, exclude: [] });
}

function wholeTimes({ spec }: LiveSchedule): string | undefined {
  if (spec === undefined) return undefined;
  const { structuredCalendar, interval, cronString } = spec;
  if ((structuredCalendar?.length ?? 0) >= CUT_AT || (interval?.length ?? 0) >= CUT_AT) return undefined;
  if ((cronString?.length ?? 0) > 0) return undefined;
  const read = specOfServer({ ...spec, excludeStructuredCalendar: [] });
  return read === undefined ? undefined : withoutExclusions(read);
}
