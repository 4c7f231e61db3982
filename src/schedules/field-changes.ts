import { canonicalize } from '../key/canonical';
import { DEFAULT_CATCHUP_MS, type Live } from './describe';
import { durationWords } from './duration-words';
import type { LiveExpiry } from './expiries';
import type { Job } from './job';
import type { LiveSchedules } from './live';
import { ActionPayloads } from './payloads';
import { canonical, type Spec } from './spec';
import { specWords } from './spec-words';
import { whyOf } from './why';

export const FIELD_NAMES = [
  'spec',
  'startAt',
  'endAt',
  'jitter',
  'workflow.type',
  'workflow.taskQueue',
  'workflow.workflowId',
  'workflow.args',
  'workflow.executionTimeout',
  'workflow.runTimeout',
  'why',
  'overlap',
  'catchupWindow',
  'expiresAfter',
  'pauseOnFailure',
  'paused',
  'remainingActions',
] as const;
/** What of a schedule a plan speaks of; by the names of the plan file. */
export type FieldName = (typeof FIELD_NAMES)[number];

/** One field that is otherwise than wanted; for arguments the texts say where, never what. */
export interface FieldChange {
  readonly field: FieldName;
  readonly from: string;
  readonly to: string;
}

/** Text to compare by, and text for people. */
interface Value {
  readonly same: string;
  readonly words: string;
}
export type FieldValues = Readonly<Record<FieldName, Value>>;

/** The server takes less for this. */
const LEAST_CATCHUP_MS = 10_000;
const NONE = 'none';

export function liveValues(live: Live): FieldValues {
  const { action } = live;
  return {
    ...specValues(live.spec, specWords(live.spec)),
    ...plainValues({
      'workflow.type': action.type,
      'workflow.taskQueue': action.taskQueue,
      'workflow.workflowId': action.workflowId,
      'workflow.executionTimeout': optional(action.executionTimeoutMs),
      'workflow.runTimeout': optional(action.runTimeoutMs),
      why: whyOf(action.summary, action.details),
      overlap: live.overlap,
      catchupWindow: durationWords(live.catchupWindowMs),
      expiresAfter: expiryWords(action.expiry),
      pauseOnFailure: String(live.pauseOnFailure),
      paused: String(live.paused),
      remainingActions: live.remainingActions === undefined ? NONE : String(live.remainingActions),
    }),
    'workflow.args': argumentValue(action.args),
  };
}

/** Arguments are those the converter would deliver: what it drops is no difference. */
export function jobValues(server: LiveSchedules, job: Job): FieldValues {
  const { workflow } = job;
  const payloads = new ActionPayloads(server.converter, server.namespace, workflow.workflowId);
  return {
    ...specValues(job.spec, job.specText),
    ...plainValues({
      'workflow.type': workflow.type,
      'workflow.taskQueue': workflow.taskQueue,
      'workflow.workflowId': workflow.workflowId,
      'workflow.executionTimeout': optional(workflow.executionTimeoutMs),
      'workflow.runTimeout': optional(workflow.runTimeoutMs),
      why: job.why.trim(),
      overlap: job.overlap,
      catchupWindow: durationWords(Math.max(LEAST_CATCHUP_MS, job.catchupWindowMs ?? DEFAULT_CATCHUP_MS)),
      expiresAfter: expiryWords(wantedExpiry(job)),
      pauseOnFailure: String(job.pauseOnFailure),
      paused: String(job.paused),
      remainingActions: NONE,
    }),
    'workflow.args': argumentValue(workflow.args.map((arg) => payloads.deliver(arg))),
  };
}

export function changesBetween(from: FieldValues, to: FieldValues): FieldChange[] {
  return FIELD_NAMES.filter((field) => from[field].same !== to[field].same).map((field) => ({
    field,
    from: from[field].words,
    to: to[field].words,
  }));
}

function specValues(spec: Spec, words: string): Pick<FieldValues, 'spec' | 'startAt' | 'endAt' | 'jitter'> {
  const { startAtMs, endAtMs, jitterMs, ...times } = spec;
  const instant = (ms: number | undefined): string => (ms === undefined ? NONE : new Date(ms).toISOString());
  const same = canonical({ ...times, jitterMs: 0 });
  const zone = spec.timezone === 'UTC' || words.includes(spec.timezone) ? '' : ` (${spec.timezone})`;
  return {
    spec: { same, words: `${words}${zone}` },
    ...plainValues({
      startAt: instant(startAtMs),
      endAt: instant(endAtMs),
      jitter: durationWords(jitterMs),
    }),
  };
}

function wantedExpiry({ expiresAfterMs, spec }: Job): LiveExpiry | undefined {
  return expiresAfterMs === undefined ? undefined : { afterMs: expiresAfterMs, jitterMs: spec.jitterMs };
}

/** The jitter belongs to it: a run that the schedule delays has its whole time. */
function expiryWords(expiry: LiveExpiry | undefined): string {
  if (expiry === undefined) return NONE;
  const after = durationWords(expiry.afterMs);
  return expiry.jitterMs === 0 ? after : `${after} after up to ${durationWords(expiry.jitterMs)} of jitter`;
}

function plainValues<N extends FieldName>(texts: Record<N, string>): Record<N, Value> {
  return Object.fromEntries(
    Object.entries<string>(texts).map(([name, text]) => [name, { same: text, words: text }]),
  ) as Record<N, Value>;
}

function argumentValue(args: readonly unknown[]): Value {
  return {
    same: canonicalize(args, { root: 'args' }),
    words: args.length === 1 ? '1 argument' : `${args.length} arguments`,
  };
}

function optional(ms: number | undefined): string {
  return ms === undefined ? NONE : durationWords(ms);
}
