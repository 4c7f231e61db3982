import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { CASES, type Case } from './cases';
import type { Effort } from './measure';

const EFFORTS = {
  smoke: { rounds: 3, sliceMs: 20, warmUpMs: 20, maxCaseMs: 0 },
  quick: { rounds: 9, sliceMs: 120, warmUpMs: 500, maxCaseMs: 2_800 },
  full: { rounds: 26, sliceMs: 400, warmUpMs: 1_000, maxCaseMs: 180_000 },
} satisfies Record<string, Effort>;

export type EffortName = keyof typeof EFFORTS;

/** Of a store that is grown, unless `--records` says otherwise. */
const MOST_RECORDS: Readonly<Record<EffortName, number>> = { smoke: 20_000, quick: 20_000, full: 10_000_000 };
const LEAST_RECORDS = 1_000;

const PROFILES: Readonly<Record<string, string>> = { replay: 'cpu-replay', first: 'cpu-first' };

export const USAGE = `Usage: npm run bench -- [--quick | --full | --smoke] [--case NAME … | --profile replay|first] [--json FILE]
       npm run bench -- --page FILE [--page FILE …]
  --quick         under 50 s in total (the default)
  --full          minutes, narrower intervals, and the cases that --quick leaves out; installs bench/package.json for the peers
  --smoke         tries whether the cases run; its figures say nothing
  --case NAME     any of ${CASES.map(({ name }) => name).join(', ')}
  --profile WHICH processor time of a replay or a first execution, by place
  --records N     at most so many records in a store that is grown (default ${MOST_RECORDS.quick}, with --full ${MOST_RECORDS.full})
  --json FILE     writes the lines there too, with the machine, and with what could not be measured
  --page FILE     writes the tables and plots of docs/performance.md from such files; measures nothing
Prints one JSON line a case. Needs DATABASE_URL, REDIS_URL and TEMPORAL_ADDRESS.`;

export interface Measuring {
  readonly effortName: EffortName;
  readonly effort: Effort;
  readonly cases: readonly Case[];
  readonly json: string | undefined;
  readonly mostRecords: number;
}

export type Choice = 'help' | { readonly page: readonly string[] } | Measuring;

/** @throws Error in words for whoever typed it. */
export function choose(argv: string[]): Choice {
  const { values } = parseArgs({
    args: argv,
    options: {
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
      case: { type: 'string', multiple: true },
      profile: { type: 'string' },
      json: { type: 'string' },
      records: { type: 'string' },
      page: { type: 'string', multiple: true },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.page !== undefined) return { page: values.page };
  const efforts = (['smoke', 'quick', 'full'] as const).filter((name) => values[name]);
  if (efforts.length > 1) throw new Error(`--${efforts.join(' and --')} exclude each other`);
  if (values.case !== undefined && values.profile !== undefined)
    throw new Error('--case and --profile exclude each other');
  // Known before the minutes that the measuring takes.
  if (values.json !== undefined && !existsSync(dirname(values.json)))
    throw new Error(`--json: there is no folder ${dirname(values.json)}`);
  const effortName = efforts[0] ?? 'quick';
  const cases = chosen(values.case ?? profileCase(values.profile), effortName);
  const mostRecords = readRecords(values.records) ?? MOST_RECORDS[effortName];
  return { effortName, effort: EFFORTS[effortName], cases, json: values.json, mostRecords };
}

function readRecords(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (/^\d{1,9}$/.test(given) && Number(given) >= LEAST_RECORDS) return Number(given);
  throw new Error(`--records ${given} is no number of at least ${LEAST_RECORDS}`);
}

function profileCase(which: string | undefined): readonly string[] | undefined {
  if (which === undefined) return undefined;
  if (!Object.hasOwn(PROFILES, which))
    throw new Error(`--profile is one of ${Object.keys(PROFILES).join(', ')}, not '${which}'`);
  return [PROFILES[which] as string];
}

function chosen(only: readonly string[] | undefined, effort: EffortName): readonly Case[] {
  if (only === undefined) return CASES.filter(({ fullOnly = false }) => effort === 'full' || !fullOnly);
  const unknown = only.find((wanted) => !CASES.some(({ name }) => name === wanted));
  if (unknown !== undefined) throw new Error(`there is no case '${unknown}'`);
  return CASES.filter(({ name }) => only.includes(name));
}
