import type { Command } from 'commander';

type OutputFormat = 'text' | 'json' | 'jsonl' | 'none';

/** The format that was asked for, by `-o` or by `--json`. */
export function outputFormat(command: Command): OutputFormat {
  const { output, json } = command.optsWithGlobals<{ output: OutputFormat; json?: true }>();
  return json === true ? 'json' : output;
}

/**
 * Prints in the format that was asked for: lines for people; the report as one JSON document; or `items`, a document a line, with
 * `jsonl`. Big integers are strings in JSON.
 */
export function print(
  command: Command,
  report: object,
  lines: readonly string[],
  items: readonly unknown[] = Array.isArray(report) ? report : [report],
): void {
  const format = outputFormat(command);
  if (format === 'none') return;
  const printed =
    format === 'text'
      ? lines
      : format === 'json'
        ? [JSON.stringify(report, bigintsAsText, 2)]
        : items.map((item) => JSON.stringify(item, bigintsAsText));
  if (printed.length > 0) process.stdout.write(`${printed.join('\n')}\n`);
}

function bigintsAsText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
