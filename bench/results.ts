import { readFileSync, writeFileSync } from 'node:fs';
import type { EffortName } from './choice';
import type { Line } from './line';
import type { Machine } from './machine';

/** Lines that could not be had, and why. */
export interface Missing {
  readonly name: string;
  readonly why: string;
}

/** What `--json` writes. */
export interface Results {
  readonly effort: EffortName;
  readonly machine: Machine;
  readonly lines: readonly Line[];
  readonly missing: readonly Missing[];
}

/** What is read of several files. */
export type Read = Omit<Results, 'effort'> & { readonly effort: readonly EffortName[] };

export function writeResults(file: string, results: Results): void {
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
}

/**
 * Several runs as one: of lines with one name the last counts, the machine is the last one's, `effort` names all that are left.
 * @throws Error naming the file that is no such JSON.
 */
export function readResults(files: readonly string[]): Read {
  const all = files.map((file) => {
    const read = JSON.parse(readFileSync(file, 'utf8')) as Partial<Results>;
    if (!Array.isArray(read.lines) || read.machine === undefined)
      throw new Error(`${file} was not written by --json: it has no lines, or no machine`);
    return read as Results;
  });
  const last = all.at(-1);
  if (last === undefined) throw new Error('--page needs a file that --json has written');
  const lines = new Map(all.flatMap((one) => one.lines).map((line) => [line.name, line]));
  const left = all.filter((one) => one.lines.some((line) => lines.get(line.name) === line));
  const missing = all
    .flatMap((one) => one.missing)
    .filter(({ name }) => ![...lines.keys()].some((known) => known === name || known.startsWith(`${name}/`)));
  const effort = [...new Set(left.map((one) => one.effort))];
  return { machine: last.machine, effort, lines: [...lines.values()], missing };
}
