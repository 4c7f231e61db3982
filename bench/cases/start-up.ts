import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { comparedLine, line, type Bound, type Line } from '../line';
import { interleave } from '../measure';
import type { Surroundings } from '../surroundings';

const start = promisify(execFile);
const IMPORT = join(__dirname, '../start-up/import.js');
const SRC = join(__dirname, '../../src');
const MAX_CASE_MS = 20_000;

interface Face {
  readonly name: string;
  /** Arguments of Node for a process that imports it, and for the floor. */
  readonly process: readonly string[];
  readonly floor: readonly string[];
  readonly bound: Bound;
}

const importing = (...modules: string[]): readonly string[] => [IMPORT, ...modules];

/** The floor is what a face stands on: who imports our Node face has a worker or a client; two faces stand on Node alone. */
const FACES: readonly Face[] = [
  {
    name: 'index',
    process: importing(join(SRC, 'index')),
    floor: importing('@temporalio/worker', '@temporalio/client'),
    bound: { atMost: 1.4 },
  },
  {
    name: 'workflow',
    process: importing(join(SRC, 'workflow')),
    floor: importing('@temporalio/workflow'),
    bound: { atMost: 1.6 },
  },
  { name: 'http', process: importing(join(SRC, 'http')), floor: importing(), bound: { atMost: 2 } },
  { name: 'testing', process: importing(join(SRC, 'testing')), floor: importing(), bound: { atMost: 1.5 } },
  {
    name: 'command',
    process: [join(SRC, 'cli/main.js'), '--help'],
    // Nearly every command talks to a server.
    floor: importing('@temporalio/client', 'commander'),
    bound: { atMost: 1.6 },
  },
];

/**
 * Fresh processes that import one face and end, beside processes that import what it stands on: from start to exit,
 * Node's own start included on both sides. And how many modules that loads.
 */
export async function startUp(on: Surroundings): Promise<Line[]> {
  const effort = { ...on.effort, maxCaseMs: Math.min(on.effort.maxCaseMs, MAX_CASE_MS) };
  const lines: Line[] = [];
  for (const { name, process, floor, bound } of FACES) {
    // Both are in the cache of the file system from here on.
    for (const args of [process, floor]) await lifeMs(args);
    const compared = await interleave(effort, ...[floor, process].map((args) => () => lifeMs(args)));
    lines.push(comparedLine(`start-up-${name}`, 'ms', compared, bound));
    if (process[0] !== IMPORT) continue;
    const [value, least] = [await modules(process), await modules(floor)];
    // A face that stands on Node alone is told beside itself: there is nothing to divide by.
    lines.push(line(`modules-${name}`, { value, unit: 'modules', floor: least || value }, undefined));
  }
  return lines;
}

/** ms from start to exit of a Node process. @throws Error when it fails */
async function lifeMs(args: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  await start(process.execPath, [...args]);
  return performance.now() - startedAt;
}

async function modules(args: readonly string[]): Promise<number> {
  const { stdout } = await start(process.execPath, [...args]);
  return (JSON.parse(stdout) as string[]).length;
}
