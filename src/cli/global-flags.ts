import { Option, type Command } from 'commander';
import { TEMPORAL_CONNECTION_FLAGS } from './temporal-connection';

/** Global flags of the Temporal CLI that change nothing here. */
const WITHOUT_EFFECT = [
  '--client-connect-timeout <duration>',
  '--command-timeout <duration>',
  // Node 20 reads it too, although it stands behind the script: the file has to exist.
  '--env-file <path>',
  '--log-format <format>',
  '--log-level <level>',
  '--no-json-shorthand-payloads',
  '--time-format <format>',
];

/**
 * The Temporal CLI puts its own global flags, wherever they were typed, in front of our sub-command: all of them are known
 * here and mean the same.
 */
export function addGlobalFlags(program: Command): void {
  program.addOption(
    new Option('-o, --output <format>', 'what is printed')
      .choices(['text', 'json', 'jsonl', 'none'])
      .default('text'),
  );
  program.option('--json', 'the same as -o json');
  program.addOption(
    new Option('--color <when>', 'whether text is coloured')
      .choices(['always', 'never', 'auto'])
      .default('auto'),
  );
  for (const [flag, { description }] of Object.entries(TEMPORAL_CONNECTION_FLAGS)) {
    program.addOption(new Option(flag, `Temporal: ${description}`));
  }
  for (const flag of WITHOUT_EFFECT) program.addOption(new Option(flag).hideHelp());
}
