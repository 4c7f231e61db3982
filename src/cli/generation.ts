import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { InvalidOptionError } from '../errors';
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
    .action(async ({ yes }: { yes?: boolean }, command: Command) => {
      const { schema } = storeOptions(command);
      if (yes !== true && !(await agreed(schema))) {
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

async function agreed(schema: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new InvalidOptionError('--yes', 'is missing', 'Nobody can be asked here: give --yes to go on');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`Make every Redis entry of schema ${schema} void? (yes/no) `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
