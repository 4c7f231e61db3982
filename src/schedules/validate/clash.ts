import { horizonText, type Found } from './found';
import type { Meetings, Reach } from './meetings';
import { pairProof } from './pair-proof';
import { placeOf, TIMES, type Prepared, type PreparedJob } from './prepared';
import { instantText, secondsText } from './wording';

const latest = (jitterMs: number): number => Math.max(0, Math.ceil(jitterMs) - 1);

/**
 * The distances from a start of `a` to one of `b` that are too short: `b` less than `afterMs` after `a`, or less than `beforeMs`
 * before it. Times are whole seconds; jitter widens both sides.
 */
export function reachOf(a: PreparedJob, b: PreparedJob, afterMs: number, beforeMs: number): Reach {
  const hi = Math.ceil((afterMs + latest(a.jitterMs)) / 1000) - 1;
  const before = Math.ceil((beforeMs + latest(b.jitterMs)) / 1000) - 1;
  return { lo: before === 0 ? 0 : -before, hi };
}

export interface Clash {
  readonly rule: 'overlap' | 'separation';
  readonly a: PreparedJob;
  readonly b: PreparedJob;
  readonly reach: Reach;
  readonly found: Meetings;
  /** What the first pair of starts breaks, after the two instants. */
  readonly breaks: string;
  readonly change: string;
  readonly fields: readonly string[];
}

/** The finding for two jobs that come too near one another: an error in the horizon, information where it is later. */
export function clashFound({ plan, horizon }: Prepared, clash: Clash): Found {
  const { rule, a, b, reach, found, breaks, change, fields } = clash;
  const { first, count, period } = found;
  const at = first === undefined ? undefined : Math.max(first.a, first.b);
  const later = at === undefined || at >= horizon.until;
  const firstText =
    first === undefined
      ? 'First after the year 2100.'
      : `First: ${a.job.name} at ${instantText(first.a)}, ${b.job.name} at ${instantText(first.b)}${breaks}${later ? `, beyond the horizon of ${horizonText(horizon)}` : ''}.`;
  const paused = [a, b].filter(({ job }, index, all) => job.paused && (index === 0 || all[0]?.job !== job));
  const note = paused.map(
    ({ job }) => ` ${job.name} is paused, which counts: it may be unpaused at any time.`,
  );
  return {
    rule,
    severity: later ? 'information' : 'error',
    jobs: a === b ? [a.job.name] : [a.job.name, b.job.name],
    first: at,
    count,
    period: period === undefined ? horizonText(horizon) : secondsText(period),
    proof: `${pairProof(a, b, reach, found, horizon)} ${firstText}${note.join('')}`,
    change,
    ...placeOf(b.job, plan, ...fields, ...TIMES),
  };
}
