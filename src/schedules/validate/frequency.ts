import { times } from '../spec';
import type { Found } from './found';
import { shortestGap } from './gaps';
import { placeOf, TIMES, type Prepared, type PreparedJob } from './prepared';
import { durationText, instantText } from './wording';
import type { Severity } from '../finding';

const MINUTE_MS = 60_000;
/** What the server takes for a shorter window. */
const LEAST_CATCHUP_MS = 10_000;
/** So many missed starts that a catch-up begins at once are worth a warning. */
const MANY_STARTS = 24;

/** Policies with which a run that never ends keeps the next ones from starting. */
const WAITS_FOR_END = new Set(['SKIP', 'BUFFER_ONE', 'BUFFER_ALL']);

/** How often a job fires held against how long it takes, expires and may hang; and options that do nothing. */
export function* frequencies(prepared: Prepared): Generator<Found> {
  for (const one of prepared.jobs)
    for (const check of [noStarts, duration, stuck, timeout, expiry, expiryPauses, catchup, inert])
      for (const { fields, severity = 'warning', rule = 'frequency', ...said } of check(one, prepared))
        yield {
          rule,
          severity,
          jobs: [one.job.name],
          ...said,
          ...placeOf(one.job, prepared.plan, ...fields, ...TIMES),
        };
}

interface Said {
  readonly rule?: 'frequency' | 'liveness' | 'inert';
  readonly severity?: Severity;
  readonly proof: string;
  readonly change: string;
  readonly first?: number;
  readonly fields: readonly string[];
}
type Check = (one: PreparedJob, prepared: Prepared) => Iterable<Said>;

const gapMsOf = ({ starts }: PreparedJob): number => shortestGap(starts) * 1000;
const ceilMinute = (ms: number): number => Math.ceil(ms / MINUTE_MS) * MINUTE_MS;

const noStarts: Check = function* ({ job, starts }, { horizon: { from, until } }) {
  if (starts.next(from) < until) return;
  const [next] = times(job.spec, until * 1000 - 1);
  yield {
    rule: 'liveness',
    proof: `${job.name} has no start from ${instantText(from)} to ${instantText(until)}${next === undefined ? ', nor later' : `; its next is at ${instantText(next / 1000)}`}.`,
    change:
      next === undefined
        ? `Remove ${job.name}, or correct its times, startAt and endAt.`
        : 'Correct its times, or leave it when that is meant.',
    fields: ['endAt', 'startAt'],
  };
};

const CONSEQUENCES: Readonly<Record<string, string>> = {
  SKIP: 'with overlap SKIP starts that fall into a run are dropped',
  BUFFER_ONE: 'with overlap BUFFER_ONE starts are late, and all but one that fall into a run are dropped',
  BUFFER_ALL: 'with overlap BUFFER_ALL the starts that wait become more and more',
  CANCEL_OTHER: 'with overlap CANCEL_OTHER each run is cancelled before it is done',
  TERMINATE_OTHER: 'with overlap TERMINATE_OTHER each run is terminated before it is done',
};

const duration: Check = function* (one) {
  const { expectedDurationMs, overlap, name } = one.job;
  const gapMs = gapMsOf(one);
  const consequence = CONSEQUENCES[overlap];
  if (expectedDurationMs === undefined || expectedDurationMs <= gapMs || consequence === undefined) return;
  yield {
    proof: `${name} takes ${durationText(expectedDurationMs)} and starts as little as ${durationText(gapMs)} apart: ${consequence}.`,
    change: `Start it no more often than every ${durationText(ceilMinute(expectedDurationMs))}, or bring expectedDuration down to ${durationText(gapMs)}.`,
    fields: ['expectedDuration'],
  };
};

/** One run that hangs, and a schedule that waits for it stops in silence. */
const stuck: Check = function* (one) {
  const { overlap, workflow, name, expectedDurationMs } = one.job;
  const gapMs = gapMsOf(one);
  if (!WAITS_FOR_END.has(overlap) || gapMs === Infinity) return;
  const { executionTimeoutMs } = workflow;
  if (executionTimeoutMs !== undefined && executionTimeoutMs <= gapMs) return;
  const below = gapMs > 2 * MINUTE_MS ? gapMs - MINUTE_MS : Math.max(1000, gapMs - 1000);
  const wanted =
    expectedDurationMs === undefined ? below : Math.min(below, ceilMinute(4 * expectedDurationMs));
  const has =
    executionTimeoutMs === undefined
      ? 'has no executionTimeout'
      : `has an executionTimeout of ${durationText(executionTimeoutMs)}`;
  const why = executionTimeoutMs === undefined ? 'for good' : `for up to ${durationText(executionTimeoutMs)}`;
  yield {
    rule: 'liveness',
    proof: `${name} starts as little as ${durationText(gapMs)} apart and ${has}: with overlap ${overlap} one run that hangs keeps the following ones from starting ${why}, and nothing says so.`,
    change: `Set workflow.executionTimeout: ${durationText(wanted)}.`,
    fields: ['workflow.executionTimeout', 'workflow'],
  };
};

const timeout: Check = function* ({ job: { name, expectedDurationMs, workflow } }) {
  for (const [field, limitMs] of [
    ['executionTimeout', workflow.executionTimeoutMs],
    ['runTimeout', workflow.runTimeoutMs],
  ] as const)
    if (expectedDurationMs !== undefined && limitMs !== undefined && expectedDurationMs > limitMs)
      yield {
        proof: `${name} takes ${durationText(expectedDurationMs)} and is ended after ${durationText(limitMs)} by its ${field}.`,
        change: `Set workflow.${field}: ${durationText(ceilMinute(2 * expectedDurationMs))}.`,
        fields: [`workflow.${field}`, 'expectedDuration'],
      };
};

const expiry: Check = function* (one) {
  const { expiresAfterMs, name } = one.job;
  const gapMs = gapMsOf(one);
  if (expiresAfterMs === undefined || expiresAfterMs <= gapMs) return;
  yield {
    proof: `${name} may begin up to ${durationText(expiresAfterMs)} late, and its next start is due ${durationText(gapMs)} after: a stale run begins beside or instead of the fresh one.`,
    change: `Set expiresAfter: ${durationText(gapMs)}.`,
    fields: ['expiresAfter'],
  };
};

/** Refused by the client with the plugin as well. */
const expiryPauses: Check = function* ({ job: { name, expiresAfterMs, pauseOnFailure } }) {
  if (expiresAfterMs === undefined || !pauseOnFailure) return;
  yield {
    rule: 'liveness',
    severity: 'error',
    proof: `A run of ${name} that expires is a failed one: the first that comes more than ${durationText(expiresAfterMs)} late pauses the schedule until somebody notices.`,
    change: 'Remove pauseOnFailure or expiresAfter.',
    fields: ['pauseOnFailure', 'expiresAfter'],
  };
};

const catchup: Check = function* (one) {
  const { catchupWindowMs, expiresAfterMs, name, overlap } = one.job;
  const gapMs = gapMsOf(one);
  const fields = ['catchupWindow'];
  if (catchupWindowMs !== undefined && catchupWindowMs < LEAST_CATCHUP_MS) {
    yield {
      proof: `catchupWindow of ${name} is ${durationText(catchupWindowMs)}; the server takes ${durationText(LEAST_CATCHUP_MS)} for anything shorter.`,
      change: `Set catchupWindow: ${durationText(LEAST_CATCHUP_MS)}.`,
      fields,
    };
    return;
  }
  const windowText = catchupWindowMs === undefined ? 'a year, the default' : durationText(catchupWindowMs);
  const windowMs = catchupWindowMs ?? 365 * 86_400_000;
  if (expiresAfterMs !== undefined && windowMs > Math.max(expiresAfterMs, LEAST_CATCHUP_MS)) {
    yield {
      proof: `After an outage ${name} catches up for ${windowText}, and what is more than ${durationText(expiresAfterMs)} late expires at once: those starts do nothing.`,
      change: `Set catchupWindow: ${durationText(Math.max(expiresAfterMs, LEAST_CATCHUP_MS))}.`,
      severity: 'information',
      fields,
    };
    return;
  }
  const missed = Math.floor(windowMs / gapMs);
  if (
    expiresAfterMs === undefined &&
    missed > MANY_STARTS &&
    (overlap === 'ALLOW_ALL' || overlap === 'BUFFER_ALL')
  )
    yield {
      rule: 'liveness',
      proof: `After a long outage of the scheduler ${name} catches up with every start of ${windowText}: ${overlap} begins them ${overlap === 'ALLOW_ALL' ? 'all at once' : 'one after the other'}, up to one for each ${durationText(gapMs)}.`,
      change: `Set catchupWindow: ${durationText(Math.max(gapMs, LEAST_CATCHUP_MS))}.`,
      fields,
    };
};

const inert: Check = function* (one) {
  const { spec, name, overlap, pauseOnFailure } = one.job;
  const found = (proof: string, change: string, ...fields: string[]): Said => ({
    rule: 'inert',
    severity: 'information',
    proof,
    change,
    fields,
  });
  if (spec.calendars.length === 0 && spec.exclude.length === 0 && spec.timezone !== 'UTC')
    yield found(
      `${name} fires by an interval, which is counted from 1970 in UTC: timezone ${spec.timezone} does nothing.`,
      'Remove timezone, or write the times as cron.',
      'timezone',
    );
  const gapMs = gapMsOf(one);
  if (spec.jitterMs > gapMs)
    yield found(
      `Jitter of ${name} is ${durationText(spec.jitterMs)}, and the server never lets it reach the next start, as little as ${durationText(gapMs)} away.`,
      `Set jitter: ${durationText(gapMs)} or less.`,
      'jitter',
    );
  if (pauseOnFailure && overlap === 'ALLOW_ALL')
    yield found(
      `pauseOnFailure of ${name} does nothing with overlap ALLOW_ALL: the server does not watch such runs.`,
      'Set overlap: SKIP, or remove pauseOnFailure.',
      'pauseOnFailure',
    );
  if (overlap !== 'SKIP' && spec.calendars.length + spec.intervals.length > 0 && gapMs === Infinity)
    yield found(
      `${name} starts at most once in the horizon: overlap ${overlap} does nothing.`,
      'Remove overlap.',
      'overlap',
    );
};
