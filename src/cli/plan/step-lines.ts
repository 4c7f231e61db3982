import type { Step } from '../../schedules/diff';
import type { Colors } from '../colors';

const COLORS = {
  create: 'green',
  update: 'yellow',
  succeed: 'yellow',
  unchanged: 'dim',
  foreign: 'red',
  unreadable: 'red',
  prune: 'red',
} as const satisfies Record<Step['kind'], keyof Colors>;

/** One schedule of a diff, its changed fields below it. */
export function stepLines(step: Step, colors: Colors): string[] {
  const lines = [colors[COLORS[step.kind]](`${step.kind} ${step.id}${more(step)}`)];
  if (step.kind === 'update')
    for (const { field, from, to } of step.changes) lines.push(`    ${field}: ${from} → ${to}`);
  return lines;
}

export function stepJson(step: Step): object {
  const { kind, id } = step;
  return {
    kind,
    id,
    ...('job' in step ? { job: step.job.name } : {}),
    ...(step.kind === 'update' ? { changes: step.changes } : {}),
    ...(step.kind === 'succeed' ? { from: step.from } : {}),
    ...(step.kind === 'unreadable' ? { reason: step.reason } : {}),
    ...(step.kind === 'foreign' ? { owner: step.owner ?? null } : {}),
  };
}

function more(step: Step): string {
  if (step.kind === 'unreadable') return `: ${step.reason}`;
  if (step.kind === 'succeed') return ` in place of ${step.from}`;
  if (step.kind === 'foreign')
    return `: it belongs to ${step.owner === undefined ? 'no plan' : `plan ${step.owner}`}`;
  return step.kind === 'unchanged' && step.pausedByHand ? ' (paused by hand)' : '';
}
