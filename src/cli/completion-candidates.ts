import type { Argument, Command, Option } from 'commander';

/** What may stand in place of a word, and what that means. */
export type Candidate = readonly [name: string, description: string];

export interface Completion {
  readonly candidates: readonly Candidate[];
  /** Nothing is known of the word but that it names a file. */
  readonly isFile: boolean;
}

/** Placeholders of options and arguments whose values are names of files. */
const FILES = /^<?\[?(path|file|plan)\]?>?$/;
const PLACEHOLDER = /[<[]([^>\]]+)[>\]]/;

/**
 * What may stand in place of the last word. The Temporal CLI puts its own flags, wherever they were typed, in front of the
 * others: the values of those are offered too, and the shell takes what goes on from what is typed.
 */
export function completionOf(program: Command, words: readonly string[]): Completion {
  const current = words.at(-1) ?? '';
  let command = program;
  let waiting: Option | undefined;
  let plain = 0;
  let isEnd = false;
  const inFront: Candidate[] = [];
  for (const word of words.slice(0, -1)) {
    if (waiting !== undefined) {
      if (command === program && plain === 0) inFront.push(...valuesOf(waiting, word));
      waiting = undefined;
    } else if (!isEnd && word === '--') isEnd = true;
    else if (!isEnd && word.startsWith('-'))
      waiting = word.includes('=') ? undefined : awaited(command, word);
    else {
      const next = command.commands.find((one) => one.name() === word);
      if (next === undefined) plain++;
      else command = next;
    }
  }
  if (waiting !== undefined) return ofOption(waiting, current);
  const [, flag, value] = /^(--[a-z-]+)=(.*)$/s.exec(current) ?? [];
  if (!isEnd && flag !== undefined) {
    const option = awaited(command, flag);
    return option === undefined ? { candidates: [], isFile: false } : ofOption(option, value ?? '');
  }
  if (!isEnd && current.startsWith('-'))
    return {
      candidates: [...flagsOf(command).filter(([name]) => name.startsWith(current)), ...inFront],
      isFile: false,
    };
  const argument = argumentAt(command, plain);
  const found = [...commandsOf(command), ...choicesOf(argument)].filter(([name]) => name.startsWith(current));
  return {
    candidates: [...found, ...inFront],
    isFile: found.length === 0 && argument !== undefined && FILES.test(argument.name()),
  };
}

function ofOption(option: Option, current: string): Completion {
  const [, placeholder = ''] = PLACEHOLDER.exec(option.flags) ?? [];
  return { candidates: valuesOf(option, current), isFile: FILES.test(placeholder) };
}

function valuesOf({ argChoices = [] }: Option, current: string): Candidate[] {
  return argChoices.filter((choice) => choice.startsWith(current)).map((choice): Candidate => [choice, '']);
}

function commandsOf({ commands }: Command): Candidate[] {
  return commands.map((one): Candidate => [one.name(), firstLine(one.description())]);
}

function choicesOf(argument: Argument | undefined): Candidate[] {
  return (argument?.argChoices ?? []).map((choice): Candidate => [choice, '']);
}

function argumentAt({ registeredArguments }: Command, at: number): Argument | undefined {
  const last = registeredArguments.at(-1);
  return registeredArguments[at] ?? (last?.variadic === true ? last : undefined);
}

function flagsOf(command: Command): Candidate[] {
  const own = optionsOf(command).flatMap((option): Candidate[] =>
    option.hidden || option.long == null ? [] : [[option.long, firstLine(option.description)]],
  );
  return [...own, ['--help', 'what there is, with examples']];
}

/** Of the command and of all above it: a program's own flags may stand anywhere. */
function optionsOf(command: Command): readonly Option[] {
  const above = command.parent === null ? [] : optionsOf(command.parent);
  return [...command.options, ...above];
}

/** The option, if a value follows it. */
function awaited(command: Command, flag: string): Option | undefined {
  const option = optionsOf(command).find(({ long, short }) => long === flag || short === flag);
  return option?.required === true ? option : undefined;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
