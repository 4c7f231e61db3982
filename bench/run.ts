import type { Measuring } from './choice';
import type { Line } from './line';
import { machine } from './machine';
import { writeResults, type Missing } from './results';
import { surroundings } from './surroundings';
import { wearIn } from './worn-in';

/**
 * Runs the cases one after the other; one that fails leaves the others their turn.
 * @returns the exit code: 1 when lines are missing.
 */
export async function run({ effort, effortName, cases, json, mostRecords }: Measuring): Promise<number> {
  const startedAt = performance.now();
  const missing: Missing[] = [];
  const on = await surroundings(effort, mostRecords, (name, why) => missing.push({ name, why }));
  // Ctrl-C leaves nothing behind either.
  const stop = (): void => void on.close().finally(() => process.exit(130));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const seconds = (): string => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  const lines: Line[] = [];
  try {
    // Set by whoever made the server for this run; one that was given is left as it is.
    if (effortName !== 'smoke' && process.env['ONCE_POSTGRES_IS_NEW'] === '1') await wearIn(on.pool);
    for (const { name, run: measure } of cases) {
      on.note(`${seconds()}: ${name}`);
      try {
        for (const line of await measure(on)) {
          lines.push(line);
          process.stdout.write(`${JSON.stringify(line)}\n`);
        }
      } catch (error) {
        missing.push({ name, why: error instanceof Error ? error.message : String(error) });
        on.note(error instanceof Error ? (error.stack ?? error.message) : String(error));
      }
    }
    if (json !== undefined)
      writeResults(json, { effort: effortName, machine: await machine(on), lines, missing });
  } finally {
    await on.close();
    on.note(`${seconds()}: done`);
  }
  for (const { name, why } of missing) on.note(`Missing: ${name} (${why})`);
  return missing.length === 0 ? 0 : 1;
}
