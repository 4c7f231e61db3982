import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { env } from '../helpers/services';

const run = promisify(execFile);

const FOLDER = join(process.cwd(), 'docs/model');
/** Deeper than any path; a path that is cut off is an error of the search. */
const MAX_DEPTH = 200_000;
const MAX_MEGABYTES = 3_000;

/** What the verifier said of one search. */
export interface Search {
  readonly said: string;
  readonly errors: number;
  readonly states: number;
  readonly depth: number;
  readonly megabytes: number;
  readonly seconds: number;
  /** The promise whose assertion failed. */
  readonly broken: string | undefined;
  /** Steps of the model that no state takes; the ends of processes that never end are no steps. */
  readonly unreached: readonly string[];
}

export function modelText(): string {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.pml'));
  return files.map((name) => readFileSync(join(FOLDER, name), 'utf8')).join('\n');
}

/** Another program is called spin, too. */
export async function spinVersion(): Promise<string> {
  return (await run(env('ONCE_SPIN_BIN'), ['-V'])).stdout;
}

/** Generates the verifier, compiles it and searches every state, until the first error. */
export async function search(defines: readonly string[], optimise: '-O1' | '-O2'): Promise<Search> {
  const cc = env('ONCE_CC_BIN');
  const folder = mkdtempSync(join(process.env['ONCE_RUN'] ?? tmpdir(), 'model-'));
  const inFolder = { cwd: folder, maxBuffer: 2 ** 24 };
  try {
    const flags = defines.map((name) => `-D${name}`);
    await run(env('ONCE_SPIN_BIN'), [`-P${cc} -E -x c`, ...flags, '-a', join(FOLDER, 'claim.pml')], inFolder);
    // Safety only; states compressed without loss: no hashing that could take two for one.
    const options = ['-DSAFETY', '-DNOFAIR', '-DCOLLAPSE', `-DMEMLIM=${MAX_MEGABYTES}`];
    await run(cc, [optimise, '-w', ...options, '-o', 'pan', 'pan.c'], inFolder);
    return read((await run(join(folder, 'pan'), [`-m${MAX_DEPTH}`], inFolder)).stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function read(said: string): Search {
  const number = (pattern: RegExp): number => Number(pattern.exec(said)?.[1]);
  return {
    said,
    errors: number(/errors: (\d+)/),
    states: number(/(\d+) states, stored/),
    depth: number(/depth reached (\d+)/),
    megabytes: number(/([\d.]+)\s+total actual memory usage/),
    seconds: number(/elapsed time ([\d.]+) seconds/),
    broken: /assertion violated \((G\d)/.exec(said)?.[1],
    unreached: [...said.matchAll(/, state \d+, "(.*)"/g)]
      .map((match) => match[1] ?? '')
      .filter((step) => step !== '-end-'),
  };
}
