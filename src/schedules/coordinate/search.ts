import type { Prepared } from '../validate/prepared';
import { boundOf, type Bound } from './bounds';
import type { Breath } from './breath';
import { searchAll } from './exact';
import { Hours } from './hours';
import { level } from './level';
import { mend } from './mend';
import { Placement, type Peaks, type Queue } from './placement';
import { settle } from './settle';
import { timelineOf } from './timeline';
import { Track } from './track';

/** Up to so many jobs every placement is looked at, if there are not too many. */
const MOST_EXACT = 12;

export interface Searched {
  readonly placement: Placement;
  readonly queueBounds: readonly Bound[];
  readonly allBound: Bound;
  /** No placement is better, for all time. */
  readonly complete: boolean;
}

/** Where a search begins. */
export interface Begin {
  /** Instants to look at besides, in seconds. */
  readonly more: readonly number[];
  /** What an earlier search reached: the place of each job. */
  readonly chosen: Int32Array | undefined;
}

/** The best placement that is found for a plan on a timeline. */
export async function search(prepared: Prepared, { more, chosen }: Begin, breath: Breath): Promise<Searched> {
  const { plan } = prepared;
  const timeline = timelineOf(prepared, more);
  const queues = queuesOf(prepared);
  const indexOf = new Map(queues.map(({ name }, index) => [name, index]));
  const tracks: Track[] = [];
  for (const one of prepared.jobs) {
    await breath.take();
    tracks.push(new Track(one, timeline, indexOf.get(one.job.workflow.taskQueue) ?? 0));
  }
  const placement = new Placement(plan, tracks, queues, timeline);
  const given = placement.peaks();
  const hours = new Hours(tracks, timeline);
  const queueBounds = queues.map((_, queue) =>
    boundOf(
      prepared,
      tracks.filter((track) => track.queue === queue),
      hours,
    ),
  );
  const allBound = boundOf(prepared, tracks, hours);
  const bounds: Peaks = {
    queues: queueBounds.map(({ atLeast }) => atLeast),
    all: Math.max(allBound.atLeast, ...queueBounds.map(({ atLeast }) => atLeast)),
  };
  if (chosen !== undefined) placement.restore(chosen);
  await mend(placement, given, breath);
  await level(placement, given, bounds, breath);
  await settle(placement, given, breath);
  const few = placement.movable.length <= MOST_EXACT;
  const complete = few && (await searchAll(placement, given, bounds, breath));
  const all = tracks.every(({ shifts }) => shifts.complete);
  return { placement, queueBounds, allBound, complete: complete && timeline.whole && all };
}

/** The task queues of a plan, in the order of its jobs. */
export function queuesOf({ plan }: Pick<Prepared, 'plan'>): Queue[] {
  const names = [...new Set(plan.jobs.map(({ workflow }) => workflow.taskQueue))];
  return names.map((name) => ({ name, capacity: plan.queues[name]?.capacity }));
}
