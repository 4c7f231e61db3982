import { Command, CommanderError, Option } from 'commander';
import { InvalidOptionError } from '../errors';
import { MissingPeerError } from '../store-errors';
import { addGeneration } from './generation';
import { addMigrate } from './migrate';
import { TEMPORAL_CONNECTION_FLAGS } from './temporal-connection';
import { addTrigger } from './trigger';
import { addUpkeep } from './upkeep';

/** Exit codes: 0 done, 1 could not be done, 2 asked for wrongly. */
const FAILED = 1;
const BAD_INPUT = 2;

/** Global flags of the Temporal CLI that change nothing here. */
const WITHOUT_EFFECT = [
  '--client-connect-timeout <duration>',
  '--color <when>',
  '--command-timeout <duration>',
  // Node 20 reads it too, although it stands behind the script: the file has to exist.
  '--env-file <path>',
  '--log-format <format>',
  '--log-level <level>',
  '--no-json-shorthand-payloads',
  '--time-format <format>',
];

/**
 * The command `temporal-once`, which the Temporal CLI runs as `temporal once`. That one puts its own global flags,
 * wherever they were typed, in front of our sub-command: all of them are known here and mean the same.
 */
function buildProgram(): Command {
  const program = new Command('temporal-once')
    .description('Looks after the store of temporal-once.')
    .option('--postgres <url>', 'connection string; default: DATABASE_URL')
    .option('--redis <url>', 'Redis in front, if there is one; default: REDIS_URL')
    .option('--schema <name>', 'schema in that database', 'temporal_once')
    .option('--prefix <name>', 'begins every Redis key', 'temporal-once')
    .addOption(
      new Option('-o, --output <format>', 'what is printed')
        .choices(['text', 'json', 'jsonl', 'none'])
        .default('text'),
    )
    .showHelpAfterError('(see --help)')
    .exitOverride();
  for (const [flag, { description }] of Object.entries(TEMPORAL_CONNECTION_FLAGS)) {
    program.addOption(new Option(flag, `Temporal: ${description}`));
  }
  for (const flag of WITHOUT_EFFECT) program.addOption(new Option(flag).hideHelp());
  addMigrate(program);
  addGeneration(program);
  addUpkeep(program);
  addTrigger(program);
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
