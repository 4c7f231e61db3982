import type { Command } from 'commander';
import { parseGoDuration, SpecError, type SpecProblem } from '../../schedules/spec';
import { instant } from '../instant';

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
const MOST_MS = 10 * YEAR_MS;

export interface HorizonFlags {
  readonly from?: string;
  readonly horizon: string;
}

export function addHorizon(command: Command, byDefault: string): Command {
  return command
    .option('--from <instant>', 'where the horizon begins, such as 2026-01-01T00:00:00Z; default: now')
    .option('--horizon <duration>', 'how far to look, such as 1y, 90d or 36h', byDefault);
}

/** @throws SpecError naming each flag that is wrong. */
export function readHorizon(flags: HorizonFlags): { from: Date; horizonMs: number } {
  const wrong: SpecProblem[] = [];
  const from = flags.from === undefined ? Date.now() : instant(flags.from);
  if (Number.isNaN(from))
    wrong.push({
      field: '--from',
      problem: 'not an instant',
      remedy: 'Write one such as 2026-01-01T00:00:00Z.',
    });
  const [, years] = /^(\d{1,2})y$/.exec(flags.horizon) ?? [];
  const horizonMs = years === undefined ? parseGoDuration(flags.horizon) : Number(years) * YEAR_MS;
  if (horizonMs === undefined || horizonMs <= 0 || horizonMs > MOST_MS)
    wrong.push({
      field: '--horizon',
      problem: 'not a duration above 0s and up to 10y',
      remedy: 'Write one such as 1y, 90d or 36h.',
    });
  if (horizonMs === undefined || wrong.length > 0) throw new SpecError(wrong);
  return { from: new Date(from), horizonMs };
}
