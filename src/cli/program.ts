import { Command, CommanderError } from 'commander';
import { InvalidOptionError } from '../errors';
import { MissingPeerError } from '../store-errors';
import { addCoverage } from './coverage';
import { addGeneration } from './generation';
import { addGlobalFlags } from './global-flags';
import { addMigrate } from './migrate';
import { addTrigger } from './trigger';
import { addUpkeep } from './upkeep';

/** Exit codes: 0 done, 1 could not be done, 2 asked for wrongly. */
const FAILED = 1;
const BAD_INPUT = 2;

/**
 * The command `temporal-once`, which the Temporal CLI runs as `temporal once`.
 */
function buildProgram(): Command {
  const program = new Command('temporal-once')
    .description('Looks after the store of temporal-once.')
    .option('--postgres <url>', 'connection string; default: DATABASE_URL')
    .option('--redis <url>', 'Redis in front, if there is one; default: REDIS_URL')
    .option('--schema <name>', 'schema in that database', 'temporal_once')
    .option('--prefix <name>', 'begins every Redis key', 'temporal-once')
    .showHelpAfterError('(see --help)')
    .exitOverride();
  addGlobalFlags(program);
  addMigrate(program);
  addGeneration(program);
  addUpkeep(program);
  addTrigger(program);
  addCoverage(program);
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
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof InvalidOptionError || error instanceof MissingPeerError ? BAD_INPUT : FAILED;
  }
}
