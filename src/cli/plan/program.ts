import { Command, CommanderError } from 'commander';
import { InvalidOptionError } from '../../errors';
import { SpecError } from '../../schedules/spec';
import { PlanError } from '../../schedules/plan';
import { addGlobalFlags } from '../global-flags';
import { addHealth } from './health';
import { addMatrix } from './matrix';
import { Reported } from './read-plan';
import { addReconcile } from './reconcile';
import { addTimes } from './times';
import { addValidate } from './validate';

/** Exit codes: 0 done, 1 could not be done, 2 asked for wrongly. */
const FAILED = 1;
const BAD_INPUT = 2;

/** The command `temporal-schedule-plan`, which the Temporal CLI runs as `temporal schedule plan`. */
function buildProgram(): Command {
  const program = new Command('temporal-schedule-plan')
    .description(
      'Says when schedules fire, by the rules of the Temporal server, whether a plan of them holds, and makes a namespace what it says.',
    )
    .showHelpAfterError('(see --help)')
    .exitOverride();
  addGlobalFlags(program);
  addTimes(program);
  addValidate(program);
  addMatrix(program);
  addReconcile(program);
  addHealth(program);
  return program;
}

/** @returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    await buildProgram().parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has said it already: help, or what is wrong with the arguments.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_INPUT;
    if (error instanceof Reported) return error.exitCode;
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    const isBadInput = [SpecError, PlanError, InvalidOptionError].some((type) => error instanceof type);
    return isBadInput ? BAD_INPUT : FAILED;
  }
}
