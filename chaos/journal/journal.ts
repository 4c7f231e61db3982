import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { nowMs } from '../clock';
import type { Entry, Line } from './line';

/**
 * One file a process, appended to line by line with one write each. What was written survives SIGKILL: it is the
 * kernel's by then. No service of the run is needed for it, so no fault disturbs it.
 */
export class Journal {
  private readonly file: number;

  constructor(folder: string, process: string) {
    this.file = openSync(join(folder, `${process}.jsonl`), 'a');
  }

  write(entry: Entry, at = nowMs()): void {
    writeSync(this.file, `${JSON.stringify({ at, ...entry })}\n`);
  }

  close(): void {
    closeSync(this.file);
  }
}

/** Every whole line of every process. */
export function readJournal(folder: string): Line[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as Line);
}
