import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';

export interface SoakOptions {
  readonly minutes: number;
  readonly warmUpMs: number;
  readonly sampleMs: number;
  /** Time between rounds of load. */
  readonly everyMs: number;
  readonly leakBytes: number;
  /** Where samples, verdict and plot go. */
  readonly folder: string;
  /** For the page of what was measured. */
  readonly json: string | undefined;
}

const MOST_WARM_UP_MS = 600_000;

export const USAGE = `Usage: npm run soak -- [--minutes 60] [--folder DIR] [--json FILE] [--every-ms 1000] [--sample-ms 10000] [--leak BYTES]
  --minutes N    how long; the first ten minutes, at most a third, are for warming up
  --folder DIR   where samples.jsonl and verdict.json go (default: soak)
  --json FILE    writes what \`npm run bench -- --page\` reads there too
  --every-ms N   time between rounds of load (default 1000)
  --sample-ms N  time between samples (default 10000)
  --leak BYTES   lets every operation keep so many bytes for ever: the verdict must see it
Exit code 0: flat; 1: grows, or unclear, or the load failed. Needs DATABASE_URL, REDIS_URL and TEMPORAL_ADDRESS.`;

/** @throws Error in words for whoever typed it. */
export function parseOptions(argv: string[]): SoakOptions | 'help' {
  const { values } = parseArgs({
    args: argv,
    options: {
      minutes: { type: 'string', default: '60' },
      folder: { type: 'string', default: 'soak' },
      json: { type: 'string' },
      'every-ms': { type: 'string', default: '1000' },
      'sample-ms': { type: 'string', default: '10000' },
      leak: { type: 'string', default: '0' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  // Known before the hour that it takes.
  if (values.json !== undefined && !existsSync(dirname(values.json)))
    throw new Error(`--json: there is no folder ${dirname(values.json)}`);
  const minutes = number('--minutes', values.minutes, 0.1);
  return {
    minutes,
    warmUpMs: Math.min(MOST_WARM_UP_MS, (minutes * 60_000) / 3),
    sampleMs: number('--sample-ms', values['sample-ms'], 100),
    everyMs: number('--every-ms', values['every-ms'], 10),
    leakBytes: number('--leak', values.leak, 0),
    folder: values.folder,
    json: values.json,
  };
}

function number(option: string, given: string, least: number): number {
  const value = Number(given);
  if (given.trim() !== '' && Number.isFinite(value) && value >= least) return value;
  throw new Error(`${option} ${given} is not acceptable: give a number, at least ${least}`);
}
