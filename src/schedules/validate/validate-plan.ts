import type { Verdict } from '../finding';
import type { Plan } from '../job';
import { avoided } from './avoid';
import { clockChanges } from './dst';
import { inOrder } from './found';
import { frequencies } from './frequency';
import { horizonOf, type ValidateOptions } from './horizon';
import { overlaps } from './overlap';
import { prepare } from './prepared';
import { queuePeaks } from './queue-peak';
import { sameTimes } from './same-times';
import { separations } from './separation';

export type { ValidateOptions } from './horizon';

/**
 * Everything that a plan breaks, each with its proof and what would mend it, in an order that is the same for the same plan. The
 * plan holds when there is no error. Asks no server, reads no clock when `from` is given.
 *
 * Schedules that are periodic in UTC are compared for all time, others within the horizon.
 */
export function validatePlan(plan: Plan, options: ValidateOptions = {}): Verdict {
  const prepared = prepare(plan, horizonOf(options));
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
