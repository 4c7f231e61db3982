import { writeFile } from 'node:fs/promises';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { Pool } from 'pg';
import { Idempotency } from 'temporal-once';
import { Crew } from './crew';
import { countFigures, type Figures } from './figures';
import { killInTurn } from './killer';
import { Load, type Answer } from './load';
import { oncePlugin } from './once';
import type { Operation } from './operations';
import { startProgress } from './progress';
import { createFacilitySchema } from './schema';
import { RUN_DEADLINE_MS, type RunSettings } from './settings';

export interface RunResult {
  readonly figures: Figures;
  readonly answers: readonly Answer[];
  readonly seconds: number;
}

/** The whole load once, on two workers that are killed and followed by others. */
export async function runLoad(
  client: Client,
  pool: Pool,
  settings: RunSettings,
  operations: readonly Operation[],
  interrupted: AbortSignal,
): Promise<RunResult> {
  await prepare(pool, settings);
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, interrupted]);
  const load = new Load(client, settings.taskQueue, operations);
  const crew = new Crew(settings, (error) => over.abort(error));
  let kills = 0;
  try {
    await Promise.race([crew.start(), rejected(signal)]);
    const begun = performance.now();
    const deadline = setTimeout(
      () => over.abort(new Error(`the run has not finished in ${RUN_DEADLINE_MS / 1_000} s`)),
      RUN_DEADLINE_MS,
    );
    const progress = startProgress(settings.withPlugin ? 'with   ' : 'without', load.total);
    const ticks = setInterval(() => progress.update(load.answers.length, kills), 100);
    try {
      const killing = killInTurn(crew, load, pool, settings.facilitySchema, signal, () => kills++);
      await Promise.all([load.run(signal), killing]);
    } finally {
      clearTimeout(deadline);
      clearInterval(ticks);
      progress.update(load.answers.length, kills);
      progress.stop();
    }
    const seconds = (performance.now() - begun) / 1_000;
    await crew.stop();
    const figures = await countFigures(pool, settings.facilitySchema, operations, load.answers);
    return { figures, answers: load.answers, seconds };
  } finally {
    over.abort(new Error('the run is over'));
    await crew.stop();
  }
}

async function prepare(pool: Pool, settings: RunSettings): Promise<void> {
  await createFacilitySchema(pool, settings.facilitySchema);
  if (settings.withPlugin) {
    await Idempotency.migrate({ postgres: settings.databaseUrl, schema: settings.onceSchema });
  }
  // Bundled once, so that a worker that follows a killed one is soon at work.
  const { code } = await bundleWorkflowCode({
    workflowsPath: require.resolve('./workflows'),
    plugins: settings.withPlugin ? [oncePlugin(settings)] : [],
    logger: new DefaultLogger('WARN'),
  });
  await writeFile(settings.bundlePath, code);
}

function rejected(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
