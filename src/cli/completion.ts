import { Argument, type Command, type Option } from 'commander';
import { examples } from './examples';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** Name of the hidden command that the shells ask: it knows what the program knows. */
const ASKED = '__complete';

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'whose').choices(SHELLS))
    .description('Prints what a shell needs to complete this command.')
    .addHelpText(
      'after',
      examples(
        'source <(temporal-once completion bash)',
        'temporal-once completion zsh > "${fpath[1]}/_temporal-once"',
        'temporal-once completion fish > ~/.config/fish/completions/temporal-once.fish',
      ),
    )
    .action((shell: Shell) => {
      process.stdout.write(scriptFor(shell, program.name()));
    });

  program
    .command(ASKED, { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .helpOption(false)
    .action((words: string[]) => {
      const found = candidates(program, words).map(([name, says]) => `${name}\t${says}\n`);
      process.stdout.write(found.join(''));
    });
}

type Candidate = readonly [name: string, description: string];

/** What may stand in place of the last word. */
export function candidates(program: Command, words: readonly string[]): Candidate[] {
  const current = words.at(-1) ?? '';
  let command = program;
  let waiting: Option | undefined;
  for (const word of words.slice(0, -1)) {
    if (waiting !== undefined) waiting = undefined;
    else if (word.startsWith('-')) waiting = word.includes('=') ? undefined : takesValue(command, word);
    else command = command.commands.find((one) => one.name() === word) ?? command;
  }
  const found =
    waiting !== undefined
      ? (waiting.argChoices ?? []).map((choice): Candidate => [choice, ''])
      : current.startsWith('-')
        ? optionsOf(command).flatMap((option): Candidate[] =>
            option.hidden || option.long == null ? [] : [[option.long, option.description]],
          )
        : [...commandsOf(command), ...argumentsOf(command)];
  return found.filter(([name]) => name.startsWith(current));
}

function commandsOf(command: Command): Candidate[] {
  return command.commands
    .filter((one) => one.name() !== ASKED)
    .map((one) => [one.name(), firstLine(one.description())]);
}

function argumentsOf(command: Command): Candidate[] {
  return command.registeredArguments.flatMap(({ argChoices }) =>
    (argChoices ?? []).map((choice): Candidate => [choice, '']),
  );
}

/** Of the command and of all above it: a program's own flags may stand anywhere. */
function optionsOf(command: Command): readonly Option[] {
  const above = command.parent === null ? [] : optionsOf(command.parent);
  return [...command.options, ...above];
}

function takesValue(command: Command, flag: string): Option | undefined {
  const option = optionsOf(command).find(({ long, short }) => long === flag || short === flag);
  return option?.required === true ? option : undefined;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}

/** Small, and asks the command itself: it never falls behind. */
function scriptFor(shell: Shell, name: string): string {
  const fn = `_${name.replaceAll('-', '_')}`;
  switch (shell) {
    case 'bash':
      // A word with = or : is several words to bash: completed up to there.
      return `${fn}() {
  local IFS=$'\\n'
  COMPREPLY=($(${name} ${ASKED} -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F ${fn} ${name}
`;
    case 'zsh':
      return `#compdef ${name}
${fn}() {
  local -a found
  found=(\${(f)"$(${name} ${ASKED} -- "\${(@)words[2,CURRENT]}" 2>/dev/null | sed -e 's/:/\\\\:/g' -e 's/\\t/:/')"})
  if (( \${#found} )); then _describe '${name}' found; else _files; fi
}
if [[ \${funcstack[1]} == ${fn} ]]; then ${fn} "$@"; else compdef ${fn} ${name}; fi
`;
    case 'fish':
      return `complete -c ${name} -f -a '(${name} ${ASKED} -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`;
  }
}
