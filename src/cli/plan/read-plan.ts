import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Command } from 'commander';
import type { Plan } from '../../schedules/job';
import { planProblemText, readPlanFrom, type PlanProblem } from '../../schedules/plan';
import { EXIT, Reported } from '../exit';
import { outputFormat, print } from '../output';

/** The argument that `readPlan` reads. */
export const PLAN_ARGUMENT = ['<plan>', 'the plan file, YAML or JSON; - for standard input'] as const;

/**
 * The plan in a file, or from standard input for `-`. Prints every problem that it has: lines to stderr, or a list to stdout with
 * `json` and `jsonl`.
 * @throws Reported with exit code 2 when there was one.
 */
export async function readPlan(path: string, command: Command): Promise<Plan> {
  const stdin = path === '-';
  return planFrom(stdin ? process.stdin : createReadStream(path), stdin ? '<stdin>' : path, command);
}

/** As `readPlan`, from a stream. */
export async function planFrom(stream: Readable, file: string, command: Command): Promise<Plan> {
  const { plan, problems } = await readPlanFrom(stream, file);
  if (plan !== undefined) return plan;
  sayProblems(problems, command);
  throw new Reported(EXIT.badInput);
}

function sayProblems(problems: readonly PlanProblem[], command: Command): void {
  const format = outputFormat(command);
  if (format === 'json' || format === 'jsonl') print(command, problems, []);
  else process.stderr.write(problems.map((problem) => `${planProblemText(problem)}\n`).join(''));
}
