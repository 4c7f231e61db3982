import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { Idempotency, OncePlugin } from '../src';
import type { Audit } from './audit';
import { nowMs } from './clock';
import { Injector } from './faults/injector';
import { Operator } from './faults/operator';
import { schedule, type FaultKind } from './faults/schedule';
import { Journal, readJournal } from './journal/journal';
import type { Line } from './journal/line';
import { Crew } from './load/crew';
import { Load } from './load/load';
import { Operations } from './load/operations';
import { Random } from './random';
import type { Surroundings } from './services/surroundings';
import { CHAOS_SCHEMA, ONCE_SCHEMA } from './settings';

export interface Plan {
  readonly seconds: number;
  readonly seed: number;
  readonly workers: number;
  readonly withPlugin: boolean;
  /** Whether the server runs activities that belong to no workflow. */
  readonly standalone: boolean;
}

export interface Ran {
  readonly seconds: number;
  readonly lines: readonly Line[];
  readonly faults: Readonly<Record<FaultKind, number>>;
  readonly operations: number;
  readonly starts: number;
  /** Callers that had got no answer when the run gave up on them. */
  readonly unanswered: number;
  /** Callers of the service that were killed with their worker. */
  readonly callersGone: number;
  /** Why workers ended by themselves. */
  readonly workersEnded: readonly string[];
  readonly sweeps: number;
  /** Records that those deleted. */
  readonly swept: number;
  readonly troubles: readonly string[];
}

/** After the last fault, for retries and leases to come to an end. */
const DRAIN_MS = 60_000;
const SWEEP_EVERY_MS = 3_000;

/** The load and the faults, side by side, for so long. */
export async function run(
  surroundings: Surroundings,
  audit: Audit,
  plan: Plan,
  progress: (state: string) => void,
  interrupted: AbortSignal,
): Promise<Ran> {
  const { withPlugin } = plan;
  const label = withPlugin ? 'with' : 'without';
  const journalFolder = join(surroundings.folder, `journal-${label}`);
  mkdirSync(journalFolder);
  const journal = new Journal(journalFolder, 'harness');
  const random = new Random(plan.seed);
  const taskQueue = `chaos-${label}`;
  const bundlePath = await writeBundle(surroundings.folder, label, withPlugin);
  const { temporalAddress, redisUrl } = surroundings;
  const committedTable = `${CHAOS_SCHEMA}.${withPlugin ? 'committed' : 'committed_without'}`;
  const settings = {
    withPlugin,
    temporalAddress,
    redisUrl,
    taskQueue,
    bundlePath,
    journalFolder,
    committedTable,
  };
  const crew = new Crew(settings, surroundings, new Random(plan.seed + 1), plan.workers);
  const connection = await Connection.connect({ address: temporalAddress });
  const client = new Client({ connection });
  const operations = new Operations(new Random(plan.seed + 2), plan.standalone);
  const load = new Load(client, taskQueue, operations, crew, journal);
  const operator = withPlugin ? await Operator.connect(surroundings, journal, random) : undefined;
  const injector = new Injector({
    ...{ surroundings, crew, load, journal, operator },
    audit: withPlugin ? audit : undefined,
  });
  const sweeping = setInterval(() => void operator?.sweep(), SWEEP_EVERY_MS);
  try {
    await crew.start(interrupted);
    const startedAt = nowMs();
    const lengthMs = plan.seconds * 1_000;
    const state = (): string => {
      const faults = Object.values(injector.counts).reduce((sum, count) => sum + count, 0);
      const s = Math.round((nowMs() - startedAt) / 1_000);
      return `${label} the plugin: ${s}/${plan.seconds} s, ${load.answered}/${load.starts} calls answered, ${faults} faults`;
    };
    const ticking = setInterval(() => progress(state()), 500);
    const over = new AbortController();
    const stopFaults = AbortSignal.any([over.signal, interrupted]);
    const faults = injector.run(schedule(new Random(plan.seed), lengthMs), stopFaults);
    const unanswered = await load.run(startedAt + lengthMs, DRAIN_MS, interrupted);
    over.abort();
    await faults;
    clearInterval(ticking);
    progress(state());
    await crew.stop();
    interrupted.throwIfAborted();
    const lines = readJournal(journalFolder);
    return {
      seconds: (nowMs() - startedAt) / 1_000,
      lines: [
        ...lines,
        ...(withPlugin ? await audit.rows() : []),
        ...(await audit.committed(committedTable)),
      ],
      faults: { ...injector.counts, 'body-hung': lines.filter(({ is }) => is === 'hang').length },
      operations: load.planned,
      starts: load.starts,
      unanswered,
      callersGone: load.callersGone,
      workersEnded: crew.broken,
      sweeps: operator?.sweeps ?? 0,
      swept: operator?.swept ?? 0,
      troubles: injector.troubles,
    };
  } finally {
    clearInterval(sweeping);
    await crew.stop();
    await operator?.close().catch(() => undefined);
    await connection.close();
    journal.close();
  }
}

/** The package's schema, and the trigger that takes down what becomes of its records. */
export async function prepare({ undisturbedUrl }: Surroundings, audit: Audit): Promise<void> {
  await audit.createTables();
  await Idempotency.migrate({ postgres: undisturbedUrl, schema: ONCE_SCHEMA });
  await audit.watchRecords();
}

/** Bundled once, so that a worker that follows a killed one is soon at work. */
async function writeBundle(folder: string, label: string, withPlugin: boolean): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: require.resolve('./load/workflows'),
    // Bundling connects to nothing.
    plugins: withPlugin ? [new OncePlugin({ postgres: 'postgres://nobody@127.0.0.1:1/none' })] : [],
    logger: new DefaultLogger('ERROR'),
  });
  const path = join(folder, `workflows-${label}.js`);
  await writeFile(path, code);
  return path;
}
