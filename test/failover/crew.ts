import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestProcess } from '../helpers/processes';
import type { Line } from './promises';

const MINUTES_MS = 180_000;

/** So many processes of three callers each, that write what they are answered into files of `folder`. */
export function callersInto(folder: string, count: number, seed: number, service: object): TestProcess[] {
  return Array.from({ length: count }, (_, child) =>
    TestProcess.start('failover-caller', {
      ...{ journal: join(folder, `${child}.jsonl`), seed: seed + child, callers: 3, service },
    }),
  );
}

/** Says `go` to all, once all are ready. */
export async function begin(children: readonly TestProcess[]): Promise<void> {
  await Promise.all(children.map((child) => child.next('ready', MINUTES_MS)));
  children.forEach((child) => child.say({ is: 'go' }));
}

/** Says `stop` to all; what each says at its end, by that name. */
export function end(children: readonly TestProcess[], is: string) {
  children.forEach((child) => child.say({ is: 'stop' }));
  return Promise.all(children.map((child) => child.next(is, MINUTES_MS)));
}

/** All that processes have written so far, file by file. */
export function linesIn(folder: string): Line[] {
  return readdirSync(folder)
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as Line);
}

export const isAnswer = (line: Line): boolean => line.is === 'answered';

/** How many calls were answered so far. */
export const answersIn = (folder: string): number => linesIn(folder).filter(isAnswer).length;
