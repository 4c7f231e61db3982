import type { Verdict } from '../finding';
import type { Plan } from '../job';
import { avoided } from './avoid';
import { clockChanges } from './dst';
import { inOrder } from './found';
import { frequencies } from './frequency';
import { overlaps } from './overlap';
import { prepare } from './prepared';
import { queuePeaks } from './queue-peak';
import { sameTimes } from './same-times';
import { separations } from './separation';

const YEAR_MS = 365 * 86_400_000;
const MINUTE_MS = 60_000;

export interface ValidateOptions {
  /** Beginning of the horizon, brought down to a whole minute; default: now. */
  readonly from?: Date | undefined;
  /** Length of the horizon in milliseconds, brought up to a whole minute; default: 365 days. */
  readonly horizonMs?: number | undefined;
}

/**
 * Everything that a plan breaks, each with its proof and what would mend it, in an order that is the same for the same plan. The
 * plan holds when there is no error. Asks no server, reads no clock when `from` is given.
 *
 * Schedules that are periodic in UTC are compared for all time, others within the horizon.
 */
export function validatePlan(plan: Plan, { from, horizonMs = YEAR_MS }: ValidateOptions = {}): Verdict {
  const begin = Math.floor((from ?? new Date()).getTime() / MINUTE_MS) * 60;
  const horizon = { from: begin, until: begin + Math.ceil(horizonMs / MINUTE_MS) * 60 };
  const prepared = prepare(plan, horizon);
  const findings = inOrder([
    ...sameTimes(prepared),
    ...overlaps(prepared),
    ...separations(prepared),
    ...avoided(prepared),
    ...queuePeaks(prepared),
    ...clockChanges(prepared),
    ...frequencies(prepared),
  ]);
  return { holds: !findings.some(({ severity }) => severity === 'error'), findings };
}
