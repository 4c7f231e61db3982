import { setTimeout as sleep } from 'node:timers/promises';
import type { ScheduleConflict } from '../schedule-errors';
import type { Finding } from '../schedules/finding';
import type { Job } from '../schedules/job';
import type { Spec } from '../schedules/spec';
import { OneAgainst, type Clash } from '../schedules/validate/one-against';
import type { ScheduleFacts, ScheduleRow, ScheduleStore } from '../stores/schedules';
import { apartMs, idsAskedFor, namesAround } from './separations';
import type { Survey } from './survey';
import type { Wanted } from './wanted';

const RESERVED_FOR_MS = 50;

/** Another schedule that the wanted one may not come near; without a row it was found on the server. */
interface Neighbour {
  readonly facts: ScheduleFacts;
  readonly row: ScheduleRow | undefined;
}

/** A clash with what the server has now. */
export type Met = Pick<ScheduleConflict, 'rule' | 'otherScheduleId' | 'otherState' | 'apartMs'> & {
  readonly other: ScheduleFacts;
  readonly row: ScheduleRow | undefined;
  readonly finding: Finding;
  readonly noOffset: string | undefined;
};

export interface Around {
  readonly met: readonly Met[];
  /** Whether at these times none of the others would be met. */
  readonly free: (spec: Spec) => boolean;
}

/**
 * What a schedule breaks with others under other composite keys: runs that need one resource at once, distances that one of
 * the two asks for. Asked of the rows near it and of what the server lists on its resource, one against the others.
 */
export class Clashes {
  constructor(
    private readonly store: ScheduleStore,
    private readonly survey: Survey,
    private readonly askWithinMs: number,
  ) {}

  /**
   * @param fence of the own reservation: of two at once the later one gives way, and the earlier one waits for it
   * @param waitMs how long at most
   */
  async around(wanted: Wanted, fence?: bigint, waitMs = 0): Promise<Around> {
    const untilMs = performance.now() + waitMs;
    for (;;) {
      const neighbours = await this.asTheyAre(wanted, await this.near(wanted), fence);
      const against = againstAll(wanted, neighbours);
      const met = against
        .clashes()
        .map((clash) => metOf(wanted, clash, neighbours))
        .filter((one) => !(one.rule === 'overlap' && isLater(one.row, fence)));
      const earlier = met.filter(({ row }) => row?.state !== 'reserving' || !isLater(row, fence));
      // Whoever reserved later gives way to this one, unless it looked before this one had reserved: then it is soon live.
      if (earlier.length > 0 || met.length === 0 || performance.now() > untilMs)
        return { met: earlier.length > 0 ? earlier : met, free: (spec) => against.isFree(spec) };
      await sleep(RESERVED_FOR_MS);
    }
  }

  private async near(wanted: Wanted): Promise<readonly Neighbour[]> {
    const { namespace, tenant, resource, scheduleId, compositeKey } = wanted;
    const rows = await this.store.ofNames(namespace, namesAround(wanted));
    const sharing = resource === undefined ? [] : await this.store.onResource(namespace, tenant, resource);
    const byId = new Map<string, Neighbour>();
    for (const row of [...sharing, ...rows.filter((row) => apartMs(wanted, row) > 0)])
      if (row.scheduleId !== scheduleId && row.compositeKey !== compositeKey)
        byId.set(row.scheduleId, { facts: { ...row, compositeKey: row.compositeKey ?? '' }, row });
    const live = [...byId.values()].flatMap(({ row }) => (row?.state === 'live' ? [row] : []));
    for (const facts of await this.survey.changed(live, this.askWithinMs)) {
      const { row } = byId.get(facts.scheduleId) ?? {};
      if (row !== undefined) byId.set(facts.scheduleId, { row, facts: asChanged(row, facts) });
    }
    const known = new Set([scheduleId, ...[...sharing, ...rows].map((row) => row.scheduleId)]);
    const unregistered =
      resource === undefined ? [] : await this.survey.onResource(wanted, known, this.askWithinMs);
    for (const facts of unregistered) byId.set(facts.scheduleId, { facts, row: undefined });
    for (const id of idsAskedFor(wanted)) {
      if (known.has(id) || byId.has(id)) continue;
      const facts = await this.survey.described(id, this.askWithinMs);
      if (facts !== undefined) byId.set(id, { facts, row: undefined });
    }
    return [...byId.values()];
  }

  /** Only those that would be met are held against the server; what it does not have, or has otherwise, is put right. */
  private async asTheyAre(
    wanted: Wanted,
    neighbours: readonly Neighbour[],
    fence: bigint | undefined,
  ): Promise<readonly Neighbour[]> {
    const met = new Set(
      againstAll(wanted, neighbours)
        .clashes()
        .map(({ other }) => other.name),
    );
    const now = await Promise.all(
      neighbours.map(async (neighbour): Promise<readonly Neighbour[]> => {
        const { row } = neighbour;
        if (row === undefined || !met.has(row.scheduleId)) return [neighbour];
        if (isLater(row, fence) && apartMs(wanted, row) === 0) return [];
        const seen = await this.survey.compared(row, this.askWithinMs);
        if (seen.is === 'missing') return row.state === 'live' || row.leftMs === 0 ? [] : [neighbour];
        if (seen.is === 'same') return [neighbour];
        return seen.facts === undefined ? [] : [{ row, facts: asChanged(row, seen.facts) }];
      }),
    );
    return now.flat();
  }
}

/** What the server does not tell stays as the row has it. */
function asChanged({ expectedDurationMs, plan, job }: ScheduleRow, now: Wanted): ScheduleFacts {
  return { ...now, expectedDurationMs, plan, job };
}

/** On one resource fences are in the order in which they can be seen: a later one has seen this one. */
function isLater(row: ScheduleRow | undefined, fence: bigint | undefined): boolean {
  return row !== undefined && fence !== undefined && row.fence >= fence;
}

function againstAll(wanted: Wanted, neighbours: readonly Neighbour[]): OneAgainst {
  const separateFrom = neighbours.flatMap(({ facts }) => {
    const byMs = apartMs(wanted, facts);
    return byMs === 0 ? [] : [{ job: facts.scheduleId, byMs }];
  });
  return new OneAgainst(
    { ...asJob(wanted), separateFrom },
    neighbours.map(({ facts }) => asJob(facts)),
  );
}

function metOf(wanted: Wanted, { other, finding, noOffset }: Clash, neighbours: readonly Neighbour[]): Met {
  const neighbour = neighbours.find(({ facts }) => facts.scheduleId === other.name) as Neighbour;
  const rule = finding.rule as Met['rule'];
  return {
    rule,
    otherScheduleId: other.name,
    otherState: neighbour.row?.state ?? 'live',
    ...(rule === 'separation' ? { apartMs: apartMs(wanted, neighbour.facts) } : {}),
    other: neighbour.facts,
    row: neighbour.row,
    finding,
    noOffset,
  };
}

/** As far as times, tenant, resource and duration say; its name is its id. */
function asJob(facts: ScheduleFacts): Job {
  const { scheduleId, spec, jobType, tenant, resource, expectedDurationMs, workflowType, taskQueue } = facts;
  return {
    name: scheduleId,
    id: scheduleId,
    why: '',
    spec: spec as Spec,
    specText: '',
    jobType,
    tenant,
    ...(resource === undefined ? {} : { resource }),
    ...(expectedDurationMs === undefined ? {} : { expectedDurationMs }),
    workflow: { type: workflowType, taskQueue, workflowId: scheduleId, args: [] },
    overlap: 'SKIP',
    pauseOnFailure: false,
    paused: false,
    movable: false,
    separateFrom: [],
  };
}
