import type { Plan } from 'temporal-once';

/**
 * A plan file under names of its own: the plan, so its schedules, and the task queues get `-<id>` behind. A server that is
 * not only the demo's may have the facility's schedules already, and other workers on its queues. Lines stay where they are.
 */
export function planOfThisRun(text: string, id: string): string {
  return text
    .replace(/^(plan: [\w-]+)$/m, `$1-${id}`)
    .replace(/^( +[\w-]+)(: \{ capacity: )/gm, `$1-${id}$2`)
    .replace(/^( +taskQueue: [\w-]+)$/gm, `$1-${id}`);
}

/** The same plan without a job: what prune needs to take all of its schedules away. */
export const emptied = ({ name }: Plan): string => `version: 1\nplan: ${name}\njobs: {}\n`;

export const queuesOf = ({ jobs }: Plan): string[] => [
  ...new Set(jobs.map(({ workflow }) => workflow.taskQueue)),
];
