import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Plan } from '../job';
import { orThrow, parsePlan, type ParsedPlan } from './parse-plan';
import { MAX_PLAN_BYTES } from './yaml-limits';

/**
 * Reads a plan file (YAML or JSON).
 * @throws PlanError with every problem, with file, line and column; also when the file can't be read.
 */
export async function readPlanFile(path: string): Promise<Plan> {
  return orThrow(await readPlanFrom(createReadStream(path), path));
}

/** Reads a plan from a stream, of which no more is taken than a plan may have. */
export async function readPlanFrom(stream: Readable, file: string): Promise<ParsedPlan> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes > MAX_PLAN_BYTES) break;
    }
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    const problem =
      code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'a folder' : `can't be read (${code})`;
    return {
      problems: [{ file, rule: 'unreadable', path: '', problem, remedy: 'Name a file that can be read.' }],
    };
  }
  return parsePlan(Buffer.concat(chunks), { file });
}
