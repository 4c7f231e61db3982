import { Command, CommanderError } from 'commander';
import { completionAnswer } from './completion';
import { EXIT, exitCodeOf, Reported, type ExitCode } from './exit';
import { addGlobalFlags } from './global-flags';

/** A program with the global flags of the Temporal CLI, to which its commands are added. */
export function newProgram(name: string, description: string): Command {
  const program = new Command(name)
    .description(description)
    .showHelpAfterError('(see --help)')
    .addHelpText(
      'afterAll',
      `\nFlags for all commands, such as -o json, jsonl or none, --color and --namespace: ${name} --help
Exit codes: 0 done, 1 could not be done or does not hold, 2 bad input.`,
    )
    .exitOverride();
  addGlobalFlags(program);
  return program;
}

/** Runs a program with the arguments of this process. */
export async function runProgram(program: Command): Promise<void> {
  // A reader that has seen enough (`| head`) ends what is printed, never what is being done.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  // Not process.exit: what was printed gets out first.
  process.exitCode = await outcomeOf(program, process.argv.slice(2));
}

async function outcomeOf(program: Command, args: readonly string[]): Promise<ExitCode> {
  const answer = completionAnswer(program, args);
  if (answer !== undefined) {
    process.stdout.write(answer);
    return EXIT.done;
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    // Commander has said it already: help, or what is wrong with the arguments.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.badInput;
    if (!(error instanceof Reported))
      process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    return exitCodeOf(error);
  }
}
