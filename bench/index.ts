import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CASES, type Case } from './cases';
import type { Line } from './line';
import type { Effort } from './measure';
import { surroundings } from './surroundings';

const QUICK: Effort = { rounds: 9, sliceMs: 120, warmUpMs: 500, maxCaseMs: 2_800 };
const FULL: Effort = { rounds: 26, sliceMs: 400, warmUpMs: 1_000, maxCaseMs: 180_000 };

const USAGE = `Usage: npm run bench -- [--quick | --full] [--case NAME]
  --quick      under 50 s in total (the default)
  --full       minutes, narrower intervals, and the cases that --quick leaves out
  --case NAME  one of ${CASES.map(({ name }) => name).join(', ')}
  --json FILE  writes the lines there too, with what could not be measured
Prints one JSON line a case. Needs DATABASE_URL, REDIS_URL and TEMPORAL_ADDRESS.`;

interface Choice {
  readonly effort: Effort;
  readonly cases: readonly Case[];
  readonly json: string | undefined;
}

/** @throws Error in words for whoever typed it. */
function choose(argv: string[]): Choice | 'help' {
  const { values } = parseArgs({
    args: argv,
    options: {
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      case: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.quick && values.full) throw new Error('--quick and --full exclude each other');
  const effort = values.full ? FULL : QUICK;
  const json = values.json;
  if (values.case === undefined)
    return { effort, cases: CASES.filter(({ fullOnly = false }) => values.full || !fullOnly), json };
  const cases = CASES.filter(({ name }) => name === values.case);
  if (cases.length === 0) throw new Error(`there is no case '${values.case}'`);
  return { effort, cases, json };
}

/** A case that gave no lines, and why. */
interface Missing {
  readonly name: string;
  readonly why: string;
}

async function run({ effort, cases, json }: Choice): Promise<number> {
  const startedAt = performance.now();
  const on = await surroundings(effort);
  // Ctrl-C leaves nothing behind either.
  const stop = (): void => void on.close().finally(() => process.exit(130));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const seconds = (): string => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  const lines: Line[] = [];
  const missing: Missing[] = [];
  try {
    for (const { name, run: measure } of cases) {
      on.note(`${seconds()}: ${name}`);
      try {
        for (const line of await measure(on)) {
          lines.push(line);
          process.stdout.write(`${JSON.stringify(line)}\n`);
        }
      } catch (error) {
        missing.push({ name, why: said(error) });
        on.note(
          `${name} is missing: ${error instanceof Error ? (error.stack ?? error.message) : said(error)}`,
        );
      }
    }
  } finally {
    await on.close();
    on.note(`${seconds()}: done`);
  }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ lines, missing }, undefined, 2)}\n`);
  for (const { name, why } of missing) on.note(`Missing: ${name} (${why})`);
  return missing.length === 0 ? 0 : 1;
}

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function main(): Promise<number> {
  let choice: Choice | 'help';
  try {
    choice = choose(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${said(error)}\n${USAGE}\n`);
    return 2;
  }
  if (choice === 'help') {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  return run(choice);
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
