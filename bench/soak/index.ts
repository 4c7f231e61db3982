// npm run soak: one worker under a steady load for an hour, and whether what it holds stays what it was.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machine } from '../machine';
import { writeResults } from '../results';
import { surroundings } from '../surroundings';
import { linesOf } from './lines';
import { parseOptions, USAGE, type SoakOptions } from './options';
import { soak } from './run';
import { seriesOf } from './samples';
import { judge, type Judged } from './verdict';

/** Of the rounds: a machine that is busy elsewhere makes some calls time out, and they are refused. */
const MOST_FAILED = 0.01;

async function run(options: SoakOptions): Promise<number> {
  mkdirSync(options.folder, { recursive: true });
  const on = await surroundings({ rounds: 1, sliceMs: 1, warmUpMs: 1, maxCaseMs: 1 }, 0, () => undefined);
  const until = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => until.abort());
  try {
    const samples = await soak(on, options, until.signal);
    const verdict = judge(seriesOf(samples), options.warmUpMs);
    const { worker, workflows = 0, operations: bodies = 0, rounds = 0, failed = 0 } = samples.at(-1) ?? {};
    const report = {
      holds: verdict.flat && failed <= rounds * MOST_FAILED,
      minutes: options.minutes,
      warmUpMinutes: options.warmUpMs / 60_000,
      workflows,
      bodies,
      failed,
      judged: verdict.judged,
      entries: worker?.entries ?? {},
    };
    writeFileSync(join(options.folder, 'verdict.json'), `${JSON.stringify(report, undefined, 2)}\n`);
    if (options.json !== undefined) {
      const lines = linesOf(samples, verdict);
      writeResults(options.json, { effort: 'full', machine: await machine(on), lines, missing: [] });
    }
    for (const judged of verdict.judged) process.stdout.write(`${inWords(judged)}\n`);
    const words = `${workflows} workflows, ${bodies} bodies, ${failed} failed`;
    process.stdout.write(`${report.holds ? 'flat' : 'NOT FLAT'}: ${words}\n`);
    return report.holds ? 0 : 1;
  } finally {
    await on.close();
  }
}

function inWords({ name, unit, finding, median, perHour, bounds, limit }: Judged): string {
  const figure = (value: number): string => `${value.toFixed(1)}${unit === '' ? '' : ` ${unit}`}`;
  const [low, high] = bounds;
  return `${finding.padEnd(7)} ${name}: median ${figure(median)}, per hour ${figure(perHour)} (${low.toFixed(1)} to ${high.toFixed(1)}), limit ${figure(limit)}`;
}

function main(): Promise<number> {
  try {
    const options = parseOptions(process.argv.slice(2));
    if (options !== 'help') return run(options);
    process.stdout.write(`${USAGE}\n`);
    return Promise.resolve(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
    return Promise.resolve(2);
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
