import type { Step } from '../../schedules/diff';

const COLOURS: Readonly<Record<Step['kind'], number>> = {
  create: 32,
  update: 33,
  succeed: 33,
  unchanged: 2,
  foreign: 31,
  unreadable: 31,
  prune: 31,
};

/** One schedule of a diff, its changed fields below it. */
export function stepLines(step: Step): string[] {
  const lines = [coloured(step.kind, `${step.kind} ${step.id}${more(step)}`)];
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

function coloured(kind: Step['kind'], text: string): string {
  const plain = process.stdout.isTTY !== true || process.env['NO_COLOR'] !== undefined;
  return plain ? text : `\u001b[${COLOURS[kind]}m${text}\u001b[0m`;
}
