import type { Finding } from '../finding';
import type { Plan } from '../job';
import { inOrder, type Found } from '../validate/found';
import { placeOf } from '../validate/prepared';
import { durationText, numberText } from '../validate/wording';
import { observedDurations } from './observe';
import type { DurationSummary } from './summary';

const MINUTE_MS = 60_000;

/** What was observed of each job beside what it declares: rule `observed-duration`, a warning where the p95 is longer. */
export function observedFindings(
  plan: Plan,
  observed: ReadonlyMap<string, DurationSummary>,
  days: number,
): Finding[] {
  const taken = observedDurations(observed);
  const found = plan.jobs.map((job): Found => {
    const { name, expectedDurationMs } = job;
    const declared =
      expectedDurationMs === undefined
        ? 'it declares none'
        : `it declares ${durationText(expectedDurationMs)}`;
    const common = { rule: 'observed-duration', jobs: [name], ...placeOf(job, plan, 'expectedDuration') };
    const summary = observed.get(name);
    const span = `in the last ${numberText(days)} days`;
    if (summary === undefined)
      return {
        ...common,
        severity: 'information',
        proof: `No closed run of ${name} ${span} was found; ${declared}, which counts.`,
        change: 'Nothing.',
      };
    const { runs, p50Ms, p95Ms, maxMs } = summary;
    const durationMs = taken.get(name);
    const longer = durationMs !== undefined && durationMs > (expectedDurationMs ?? Infinity);
    const which =
      durationMs === undefined
        ? `${declared}, which counts: ${runs === 1 ? 'one run is' : `${runs} runs are`} too few`
        : `${declared}; ${durationText(durationMs)} counts`;
    return {
      ...common,
      severity: longer ? 'warning' : 'information',
      proof: `${name} took ${durationText(p50Ms)} (p50), ${durationText(p95Ms)} (p95) and at most ${durationText(maxMs)} in ${numberText(runs)} ${runs === 1 ? 'run' : 'runs'} ${span}; ${which}.`,
      change:
        longer || (durationMs !== undefined && expectedDurationMs === undefined)
          ? `Set expectedDuration: ${durationText(roundUp(durationMs))}.`
          : 'Nothing.',
    };
  });
  return inOrder(found);
}

/** As a person would write it: whole seconds below a minute, whole minutes above. */
function roundUp(ms: number): number {
  const unit = ms < MINUTE_MS ? 1_000 : MINUTE_MS;
  return Math.ceil(ms / unit) * unit;
}
