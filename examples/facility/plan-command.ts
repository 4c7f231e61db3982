import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Folder of the package, whose plan files stand in examples/facility. */
export const PACKAGE = dirname(require.resolve('temporal-once/package.json'));

/** Where one of the facility's plan files stands, relative to the package. */
export const planFile = (name: string): string => join('examples', 'facility', name);

export interface Ran {
  readonly code: number;
  /** Without the last line break. */
  readonly out: string;
  readonly err: string;
}

/** What a demo or a test needs to run the command `temporal schedule plan` against its own services. */
export interface CommandSettings {
  readonly temporalAddress: string;
  readonly databaseUrl: string;
  readonly onceSchema: string;
}

/** Only these ask the database. */
const WITH_STORE = new Set(['diff', 'apply', 'prune', 'drift']);

/** The program that `temporal schedule plan` runs, in a process of its own, as somebody at a terminal would. */
export function runPlanCommand(
  args: readonly string[],
  { temporalAddress, databaseUrl, onceSchema }: CommandSettings,
  signal?: AbortSignal,
): Promise<Ran> {
  const { bin } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as {
    bin: { 'temporal-schedule-plan': string };
  };
  const [command = ''] = args;
  const all = [join(PACKAGE, bin['temporal-schedule-plan']), ...args];
  if (WITH_STORE.has(command)) all.push('--schema', onceSchema);
  const env = { ...process.env, TEMPORAL_ADDRESS: temporalAddress, DATABASE_URL: databaseUrl };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, all, { cwd: PACKAGE, env, signal }, (error, out, err) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      if (error !== null && typeof error.code !== 'number') return reject(new Error(error.message));
      const code = error === null ? 0 : (error.code as number);
      resolve({ code, out: out.trimEnd(), err: err.trimEnd() });
    });
  });
}
