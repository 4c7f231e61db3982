import type { Command } from 'commander';
import { InvalidOptionError } from '../../errors';
import { readThrough } from '../../registry/duration-history';
import type { Finding } from '../../schedules/finding';
import type { Plan } from '../../schedules/job';
import { observeDurations, observedDurations, withDurations } from '../../schedules/observed/observe';
import { observedFindings } from '../../schedules/observed/observed-findings';
import { predictOverlaps } from '../../schedules/observed/predicted-overlaps';
import { addStoreFlags, storeOptions, withService } from '../store';
import { namespaceOf, withTemporal } from '../temporal-connection';

export interface ObservedFlags {
  readonly observed?: true;
  readonly days: string;
  readonly predict?: true;
}

/** Flags of commands that look at how long runs really take. */
export function addObserved(command: Command): Command {
  return command
    .option('--observed', 'use how long runs took, from the server, in place of expectedDuration')
    .option('--days <n>', 'how many days back --observed looks', '14');
}

/** Flags of commands that look at the daily durations that the upkeep keeps. */
export function addPredict(command: Command): Command {
  return addStoreFlags(
    command.option(
      '--predict',
      'also say what will collide at the present trend; needs Postgres and the upkeep',
    ),
  );
}

/**
 * The plan by what was observed, and what is to be said of that; as it is without `--observed`. Asks the server.
 * @throws InvalidOptionError for `--days`, before anything is connected
 */
export async function observedPlan(
  command: Command,
  { observed, days: text }: Omit<ObservedFlags, 'predict'>,
  plan: Plan,
): Promise<{
  readonly plan: Plan;
  readonly durationsMs: ReadonlyMap<string, number>;
  readonly findings: readonly Finding[];
}> {
  const days = Number(text);
  if (!/^\d{1,3}$/.test(text) || days < 1 || days > 365)
    throw new InvalidOptionError('--days', 'is not acceptable', 'Give a whole number from 1 to 365');
  if (observed !== true) return { plan, durationsMs: new Map(), findings: [] };
  const seen = await withTemporal(command, (client) =>
    observeDurations(plan.jobs, readThrough(client), { days }),
  );
  const durationsMs = observedDurations(seen);
  return {
    plan: withDurations(plan, durationsMs),
    durationsMs,
    findings: observedFindings(plan, seen, days),
  };
}

/** What will collide, of a plan by what was observed or as it is. Needs Postgres and no server. @throws InvalidOptionError */
export async function predicted(
  command: Command,
  plan: Plan,
  horizon: { readonly from: Date; readonly horizonMs: number },
): Promise<readonly Finding[]> {
  storeOptions(command);
  const namespace = namespaceOf(command);
  const ids = plan.jobs.map(({ id }) => id);
  const days = await withService(command, async (once) => once.durations?.days(namespace, ids));
  const history = new Map(plan.jobs.map(({ name, id }) => [name, days?.get(id) ?? []]));
  return predictOverlaps(plan, history, horizon);
}
