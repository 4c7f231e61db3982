import type { Command } from 'commander';
import { InvalidOptionError } from '../errors';
import type { Stats } from '../idempotency/counters';
import { durationMs } from '../idempotency/duration';
import type { DayCount } from '../stores/records-view';
import { examples } from './examples';
import { print } from './output';
import { safeText, tableOf } from './record-table';
import { withService } from './store';

interface Flags {
  readonly since: string;
  readonly days?: string;
}

export function addStats(program: Command): void {
  program
    .command('stats')
    .option('--since <duration>', 'over this span', '1d')
    .option('--days <count>', 'day by day instead, today included')
    .description('What every process counted: duplicates answered, bodies run, locks.')
    .addHelpText('after', examples('temporal once stats --since 1h', 'temporal once stats --days 7 -o jsonl'))
    .action(async ({ since, days }: Flags, command: Command) => {
      if (days !== undefined) {
        const counts = await withService(command, (once) => once.byHand().countsPerDay(Number(days)));
        print(command, { days: counts }, dayLines(counts), counts);
        return;
      }
      const minutes = Math.ceil(durationMs(since, '--since') / 60_000);
      if (minutes < 1) throw new InvalidOptionError('--since', 'is too short', 'Give 1m or more');
      const stats = await withService(command, (once) => once.stats(minutes));
      print(command, stats, statLines(stats, since), stats.counts);
    });
}

function statLines({ duplicates, firsts, locks, counts }: Stats, since: string): string[] {
  if (counts.length === 0) return [`Nothing was counted in ${since}.`];
  return [
    tableOf(
      ['type', 'door', 'path', 'count'],
      counts.map(({ type, door, path, count }) => [safeText(type), door, path, String(count)]),
    ),
    `${duplicates} duplicates answered, ${firsts} bodies run to an outcome, in ${since}.`,
    `Locks: ${locks.acquired} acquired, ${locks.failed} failed.`,
  ];
}

function dayLines(counts: readonly DayCount[]): string[] {
  if (counts.length === 0) return ['Nothing was counted.'];
  return [
    tableOf(
      ['day', 'door', 'path', 'count'],
      counts.map(({ day, door, path, count }) => [day, door, path, String(count)]),
    ),
  ];
}
