import type { Command } from 'commander';
import { upkeepLimits } from '../idempotency/upkeep';
import { print } from './output';
import { storeOptions, withService } from './store';
import { withTemporal } from './temporal-connection';

interface RunFlags {
  readonly rest?: string;
  readonly keepCounts?: string;
}

interface InstallFlags {
  readonly every: string;
  readonly taskQueue?: string;
}

export function addUpkeep(program: Command): void {
  const upkeep = program
    .command('upkeep')
    .description('Sweeps records at rest, tells Redis of clears it missed, trims counts.');

  upkeep
    .command('run')
    .description('One round, here and now, without Temporal.')
    .option('--rest <duration>', 'how long a key must have been free (default: 10m)')
    .option('--keep-counts <duration>', 'how long counters are kept (default: 30d)')
    .action(async ({ rest, keepCounts }: RunFlags, command: Command) => {
      // Before anything is connected.
      upkeepLimits({ rest, keepCounts });
      const report = await withService(command, (once) => once.runUpkeep({ rest, keepCounts }));
      const { swept, trimmed, replayed, pending } = report;
      print(command, report, [
        `Swept ${swept} records, trimmed ${trimmed} old rows, told Redis of ${replayed} clears, ${pending} pending.`,
      ]);
    });

  upkeep
    .command('install')
    .description(
      'Create or update the Temporal Schedule of the upkeep; workers with `upkeep: true` do the work.',
    )
    .option('--every <duration>', 'how often', '5m')
    .option('--task-queue <name>', "the workers' upkeep task queue, when it is not the default")
    .action(async ({ every, taskQueue }: InstallFlags, command: Command) => {
      storeOptions(command);
      const installed = await withTemporal(command, (client) =>
        withService(command, (once) => once.installUpkeep(client, { every, taskQueue })),
      );
      print(command, installed, [
        `Schedule ${installed.scheduleId} ${installed.did}, on task queue ${installed.taskQueue}.`,
      ]);
    });
}
