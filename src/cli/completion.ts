import { Argument, type Command } from 'commander';
import { completionOf } from './completion-candidates';
import { scriptFor, SHELLS, type Shell } from './completion-scripts';
import { examples } from './examples';

/** What the scripts ask, and the Temporal CLI: it hands on its own question about `temporal once …`, in these words. */
const ASKED = { __complete: true, __completeNoDesc: false } as const;

/** As the Temporal CLI reads the last line of an answer: whether names of files may stand there too. */
const FILES_TOO = ':0';
const NO_FILES = ':4';

export function addCompletion(program: Command): void {
  const name = program.name();
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'whose').choices(SHELLS))
    .description('Prints what a shell needs to complete this command.')
    .addHelpText(
      'after',
      `${examples(
        `source <(${name} completion bash)`,
        `${name} completion zsh > "\${fpath[1]}/_${name}"`,
        `${name} completion fish > ~/.config/fish/completions/${name}.fish`,
      )}\n\nThe Temporal CLI completes ${name.replaceAll('-', ' ')} by its own script: temporal completion <shell>.`,
    )
    .action((shell: Shell) => {
      process.stdout.write(scriptFor(shell, name));
    });
}

/**
 * The answer when the shell asks how a command line may go on; undefined when something else is asked. Looked at before the
 * words are read as a command: half of one is no command.
 */
export function completionAnswer(program: Command, args: readonly string[]): string | undefined {
  const [asked = '', ...words] = args;
  if (!Object.hasOwn(ASKED, asked)) return undefined;
  const withDescriptions = ASKED[asked as keyof typeof ASKED];
  const { candidates, isFile } = completionOf(program, words);
  const lines = candidates.map(([name, says]) =>
    withDescriptions && says !== '' ? `${name}\t${says}` : name,
  );
  return [...lines, isFile ? FILES_TOO : NO_FILES, ''].join('\n');
}
