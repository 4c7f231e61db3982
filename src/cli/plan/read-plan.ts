import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Plan } from '../../schedules/job';
import { planProblemText, readPlanFrom, type PlanProblem } from '../../schedules/plan';

export type OutputFormat = 'text' | 'json' | 'jsonl' | 'none';

/** What was wrong has been printed: only the exit code is left to say. */
export class Reported extends Error {
  constructor(readonly exitCode: number) {
    super('reported');
  }
}

const BAD_INPUT = 2;

/**
 * The plan in a file, or from standard input for `-`. Prints every problem that it has: lines to stderr, or a list to stdout with
 * `json` and `jsonl`.
 * @throws Reported with exit code 2 when there was one.
 */
export async function readPlan(path: string, output: OutputFormat): Promise<Plan> {
  const stdin = path === '-';
  return planFrom(stdin ? process.stdin : createReadStream(path), stdin ? '<stdin>' : path, output);
}

/** As `readPlan`, from a stream. */
export async function planFrom(stream: Readable, file: string, output: OutputFormat): Promise<Plan> {
  const { plan, problems } = await readPlanFrom(stream, file);
  if (plan !== undefined) return plan;
  printProblems(problems, output);
  throw new Reported(BAD_INPUT);
}

function printProblems(problems: readonly PlanProblem[], output: OutputFormat): void {
  if (output === 'json') process.stdout.write(`${JSON.stringify(problems, undefined, 2)}\n`);
  else if (output === 'jsonl')
    process.stdout.write(problems.map((problem) => `${JSON.stringify(problem)}\n`).join(''));
  else process.stderr.write(problems.map((problem) => `${planProblemText(problem)}\n`).join(''));
}
