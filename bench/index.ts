import { parseArgs } from 'node:util';
import { coordinatePlans } from './cases/coordinate';
import { firstP50, firstRate } from './cases/first-execution';
import { guard } from './cases/guard';
import { keyTime } from './cases/key';
import { memory } from './cases/memory';
import {
  originalDuplicate,
  originalKey,
  originalLock,
  originalOverhead,
  originalStore,
} from './cases/original';
import { plugin, pluginSaturated } from './cases/plugin';
import { planValidate } from './cases/plan-validate';
import { replayKilobyteRate, replayP50, replayRate } from './cases/replay';
import type { Line } from './line';
import type { Effort } from './measure';
import { surroundings, type Surroundings } from './surroundings';

const CASES: Readonly<Record<string, (on: Surroundings) => Promise<Line[]>>> = {
  'replay-p50': replayP50,
  'replay-rate': replayRate,
  'replay-1k-rate': replayKilobyteRate,
  'first-p50': firstP50,
  'first-rate': firstRate,
  key: keyTime,
  'original-key': originalKey,
  'original-duplicate': originalDuplicate,
  'original-store': originalStore,
  'original-lock': originalLock,
  'original-overhead': originalOverhead,
  plugin,
  'plugin-saturated': pluginSaturated,
  memory,
  'plan-validate': planValidate,
  coordinate: coordinatePlans,
  guard,
};

const QUICK: Effort = { rounds: 9, sliceMs: 120, warmUpMs: 500, maxCaseMs: 2_800 };
const FULL: Effort = { rounds: 26, sliceMs: 400, warmUpMs: 1_000, maxCaseMs: 180_000 };

const USAGE = `Usage: npm run bench -- [--quick | --full] [--case NAME]
  --quick      under 50 s in total (the default)
  --full       several minutes, narrower intervals
  --case NAME  one of ${Object.keys(CASES).join(', ')}
Prints one JSON line a case. Needs DATABASE_URL, REDIS_URL and TEMPORAL_ADDRESS.`;

interface Choice {
  readonly effort: Effort;
  readonly names: readonly string[];
}

/** @throws Error in words for whoever typed it. */
function choose(argv: string[]): Choice | 'help' {
  const { values } = parseArgs({
    args: argv,
    options: {
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      case: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.quick && values.full) throw new Error('--quick and --full exclude each other');
  const effort = values.full ? FULL : QUICK;
  if (values.case === undefined) return { effort, names: Object.keys(CASES) };
  if (!Object.hasOwn(CASES, values.case)) throw new Error(`there is no case '${values.case}'`);
  return { effort, names: [values.case] };
}

async function run({ effort, names }: Choice): Promise<void> {
  const startedAt = performance.now();
  const on = await surroundings(effort);
  // Ctrl-C leaves nothing behind either.
  const stop = (): void => void on.close().finally(() => process.exit(130));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const seconds = (): string => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  try {
    for (const name of names) {
      on.note(`${seconds()}: ${name}`);
      for (const line of (await CASES[name]?.(on)) ?? []) process.stdout.write(`${JSON.stringify(line)}\n`);
    }
  } finally {
    await on.close();
    on.note(`${seconds()}: done`);
  }
}

async function main(): Promise<number> {
  let choice: Choice | 'help';
  try {
    choice = choose(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
    return 2;
  }
  if (choice === 'help') {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  await run(choice);
  return 0;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
