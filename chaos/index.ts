import { writeFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { Audit } from './audit';
import { judge, type Terms } from './judge/judge';
import { TRANSACTIONAL_TYPES } from './load/operations';
import { parseOptions, USAGE, type Options } from './options';
import { inWords, sideOf, type Report } from './report';
import { prepare, run, type Plan } from './run';
import { openSurroundings, type Surroundings } from './services/surroundings';
import { REDIS_MAX_AGE_MS, SLACK_MS } from './settings';

const TERMS: Terms = {
  transactionalTypes: TRANSACTIONAL_TYPES,
  redisMaxAgeMs: REDIS_MAX_AGE_MS,
  slackMs: SLACK_MS,
};

async function chaos(options: Options, interrupted: AbortSignal): Promise<Report> {
  say(`seed ${options.seed}: starting Postgres, Redis, PgBouncer and Temporal`);
  const surroundings = await openSurroundings();
  const audit = new Audit(surroundings.undisturbedUrl);
  try {
    await prepare(surroundings, audit);
    if (options.break === 'cas') await audit.removeCompareAndSet();
    const standalone = await runsStandalone(surroundings);
    const plan = (withPlugin: boolean, seconds: number): Plan => ({
      ...options,
      seconds,
      withPlugin,
      standalone,
    });
    const aQuarter = Math.max(5, Math.min(60, Math.round(options.seconds / 4)));
    const without = await run(surroundings, audit, plan(false, aQuarter), progress, interrupted);
    interrupted.throwIfAborted();
    const within = await run(surroundings, audit, plan(true, options.seconds), progress, interrupted);
    interrupted.throwIfAborted();
    progressDone();
    if (options.journal !== undefined)
      writeFileSync(options.journal, within.lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const verdict = judge(within.lines, TERMS);
    const counted = await audit.counted();
    return {
      seed: options.seed,
      seconds: options.seconds,
      workers: options.workers,
      with: sideOf(within, verdict),
      // Nothing is promised without the plugin; it is counted, not judged.
      without: sideOf(without, judge(without.lines, TERMS)),
      sweeps: within.sweeps,
      swept: within.swept,
      unknownOutcomes: {
        declared: verdict.unknownOutcomes,
        counted: counted['unknown_rerun'] ?? 0,
        unrecorded: verdict.unrecorded,
      },
      clears: verdict.clears,
      violations: verdict.violations,
    };
  } finally {
    progressDone();
    await audit.close();
    await surroundings.close();
  }
}

/** Whether this server takes activities that belong to no workflow. */
async function runsStandalone({ temporalAddress }: Surroundings): Promise<boolean> {
  const connection = await Connection.connect({ address: temporalAddress });
  try {
    await new Client({ connection }).activity.start('probe', {
      id: 'probe',
      taskQueue: 'nobody',
      scheduleToCloseTimeout: '1s',
    });
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);
let lastSaidAt = 0;

/** One line: overwritten on a terminal, now and then elsewhere. */
function progress(state: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${state}`);
  else if (performance.now() - lastSaidAt > 10_000) {
    lastSaidAt = performance.now();
    say(state);
  }
}

function progressDone(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}

async function main(): Promise<number> {
  let options: Options | 'help';
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return 2;
  }
  if (options === 'help') {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const interruption = new AbortController();
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      process.exitCode = code;
      interruption.abort(new Error(`stopped by ${signal}`));
    });
  }
  const report = await chaos(options, interruption.signal);
  process.stdout.write(`${options.json ? JSON.stringify(report) : inWords(report)}\n`);
  return report.violations.length === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(process.exitCode ?? code),
  (error: unknown) => {
    say(
      error instanceof Error
        ? process.exitCode === undefined
          ? (error.stack ?? '')
          : error.message
        : String(error),
    );
    process.exit(process.exitCode ?? 1);
  },
);
