import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm run chaos -- --seconds S [--seed N] [--workers W] [--json] [--journal FILE]
  --seconds S  length of the run with the plugin, 10 to 86400; the run without it beside takes a quarter, at most 60 s
  --seed N     draws faults and load; the same seed draws the same ones (default: drawn, and printed)
  --workers W  worker processes, 2 to 16 (default 3)
  --journal F  keeps every line that was judged, one JSON object a line
  --json       one JSON object on the standard output, progress on the error output
Exit code 1 on any violation, 2 on bad input.`;

export interface Options {
  readonly seconds: number;
  readonly seed: number;
  readonly workers: number;
  readonly json: boolean;
  readonly journal: string | undefined;
  /** `cas`: without the compare-and-set of settlements, to show that the judge misses it. */
  readonly break: 'cas' | undefined;
}

/** @throws Error in words for whoever typed it. */
export function parseOptions(args: string[]): Options | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string' },
      seed: { type: 'string' },
      workers: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
      journal: { type: 'string' },
      break: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.seconds === undefined) throw new Error('--seconds is missing');
  if (values.break !== undefined && values.break !== 'cas')
    throw new Error(`nothing breaks '${values.break}'`);
  return {
    seconds: whole('--seconds', values.seconds, 10, 86_400),
    seed: values.seed === undefined ? drawSeed() : whole('--seed', values.seed, 0, 2 ** 32 - 1),
    workers: whole('--workers', values.workers, 2, 16),
    json: values.json,
    journal: values.journal,
    break: values.break,
  };
}

export function drawSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}

function whole(name: string, text: string, least: number, most: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(number >= least && number <= most))
    throw new Error(`${name} takes a whole number from ${least} to ${most}, not '${text}'`);
  return number;
}
