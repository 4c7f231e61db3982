import type { Command } from 'commander';

/** Prints a report in the format that was asked for: lines for people, or JSON with big integers as strings. */
export function print(command: Command, report: object, lines: readonly string[]): void {
  const { output } = command.optsWithGlobals<{ output: 'text' | 'json' | 'jsonl' | 'none' }>();
  if (output === 'none') return;
  const text =
    output === 'text' ? lines.join('\n') : JSON.stringify(report, bigintsAsText, output === 'json' ? 2 : 0);
  process.stdout.write(`${text}\n`);
}

function bigintsAsText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** A list as one JSON object a line. */
export function printLines(items: readonly object[]): void {
  for (const item of items) process.stdout.write(`${JSON.stringify(item, bigintsAsText)}\n`);
}
