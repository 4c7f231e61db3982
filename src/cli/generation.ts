import type { Command } from 'commander';
import { confirmed } from './confirm';
import { examples } from './examples';
import { print } from './output';
import { storeOptions, withService } from './store';

export function addGeneration(program: Command): void {
  program
    .command('generation')
    .description('The generation of the store: part of every Redis key.')
    .command('raise')
    .description(
      'After a restore, or a failover that may have lost commits: voids every Redis entry and lifts the fences far above all that may be lost.',
    )
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      examples('temporal once generation raise', 'temporal once generation raise --yes -o json'),
    )
    .action(async ({ yes }: { yes?: boolean }, command: Command) => {
      const { schema } = storeOptions(command);
      if (!(await confirmed(`Make every Redis entry of schema ${schema} void?`, yes))) {
        print(command, { raised: false }, ['Nothing was changed.']);
        return;
      }
      const raised = await withService(command, (once) => once.raiseGeneration());
      print(command, { raised: true, ...raised }, [
        `Generation ${raised.previous} is over, ${raised.generation} has begun. Fences go on above ${raised.fence}.`,
        'Running workers follow within ten seconds.',
      ]);
    });
}
