import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import type { Stats } from '../idempotency/counters';
import type { UpkeepStatus } from '../idempotency/install-upkeep';
import { upkeepLimits, type UpkeepReport } from '../idempotency/upkeep';
import { examples } from './examples';
import { EXIT, Reported } from './exit';
import { instantText } from './instant';
import { print } from './output';
import { storeOptions, withService } from './store';
import { withTemporal } from './temporal-connection';

interface RunFlags {
  readonly rest?: string;
  readonly keepCounts?: string;
  readonly starts?: true;
}

interface InstallFlags {
  readonly every: string;
  readonly taskQueue?: string;
  readonly health?: true;
}

export function addUpkeep(program: Command): void {
  const upkeep = program
    .command('upkeep')
    .description('Sweeps records at rest, tells Redis of clears it missed, trims counts.');

  upkeep
    .command('run')
    .description('One round, here and now; without Temporal unless --starts is given.')
    .option('--rest <duration>', 'how long a key must have been free (default: 10m)')
    .option('--keep-counts <duration>', 'how long counters are kept (default: 30d)')
    .option(
      '--starts',
      'also ask Temporal what became of workflow starts and how long the runs of schedules took',
    )
    .addHelpText(
      'after',
      examples('temporal once upkeep run', 'temporal once upkeep run --starts --rest 1h -o json'),
    )
    .action(async ({ rest, keepCounts, starts }: RunFlags, command: Command) => {
      // Before anything is connected.
      upkeepLimits({ rest, keepCounts });
      storeOptions(command);
      const run = (client?: Client): Promise<UpkeepReport> =>
        withService(command, (once) => once.runUpkeep({ rest, keepCounts, client }));
      const report = await (starts === true ? withTemporal(command, run) : run());
      const { swept, trimmed, replayed, pending, startOutcomes, startsLost, schedulesRead } = report;
      print(command, report, [
        `Swept ${swept} records, trimmed ${trimmed} old rows, told Redis of ${replayed} clears, ${pending} pending.`,
        ...(starts === true
          ? [
              `Recorded ${startOutcomes} outcomes of starts, ${startsLost} are lost. Read the runs of ${schedulesRead} schedules.`,
            ]
          : []),
      ]);
    });

  upkeep
    .command('install')
    .description(
      'Create or update the Temporal Schedule of the upkeep; workers with `upkeep: true` do the work.',
    )
    .option('--every <duration>', 'how often', '5m')
    .option('--task-queue <name>', "the workers' upkeep task queue, when it is not the default")
    .option('--health', 'the Schedule of the rounds of health instead')
    .addHelpText(
      'after',
      examples('temporal once upkeep install --every 5m', 'temporal once upkeep install --health'),
    )
    .action(async ({ every, taskQueue, health }: InstallFlags, command: Command) => {
      storeOptions(command);
      const options = { every, taskQueue };
      const installed = await withTemporal(command, (client) =>
        withService(command, (once) =>
          health === true ? once.installHealth(client, options) : once.installUpkeep(client, options),
        ),
      );
      print(command, installed, [
        `Schedule ${installed.scheduleId} ${installed.did}, on task queue ${installed.taskQueue}.`,
      ]);
    });

  upkeep
    .command('status')
    .description(
      'Whether the Schedule is there and acts, and what it did in the last day; exit 1 where it does not.',
    )
    .addHelpText('after', examples('temporal once upkeep status', 'temporal once upkeep status -o json'))
    .action(async (_flags: object, command: Command) => {
      storeOptions(command);
      const status = await withTemporal(command, (client) =>
        withService(command, async (once) => ({
          ...(await once.upkeepStatus(client)),
          lastDay: pathCounts(await once.stats()),
        })),
      );
      print(command, status, statusLines(status));
      if (!status.installed || status.paused) throw new Reported(EXIT.failed);
    });
}

interface LastDay {
  readonly swept: number;
  readonly replayed: number;
}

function pathCounts({ counts }: Stats): LastDay {
  const of = (path: string): number =>
    counts.filter((one) => one.path === path).reduce((sum, { count }) => sum + count, 0);
  return { swept: of('swept'), replayed: of('invalidations_replayed') };
}

function statusLines(status: UpkeepStatus & { readonly lastDay: LastDay }): string[] {
  const { scheduleId, installed, paused, taskQueue, next, last, lastDay } = status;
  const told = `In the last day: swept ${lastDay.swept} records, told Redis of ${lastDay.replayed} clears.`;
  if (!installed)
    return [
      `Schedule ${scheduleId} is not installed: temporal once upkeep install, or run it from cron.`,
      told,
    ];
  const at = (date: Date | undefined): string => (date === undefined ? 'never' : instantText(date));
  return [
    `Schedule ${scheduleId}, on task queue ${taskQueue ?? ''}${paused ? ', is PAUSED' : ''}.`,
    `Last acted: ${at(last)}. Next: ${paused ? 'not while paused' : at(next)}.`,
    told,
  ];
}
