import type { Command } from 'commander';
import { InvalidOptionError } from '../errors';
import { addCodecFlags, dataConverterOf } from './codec-endpoint';
import { examples } from './examples';
import { lifeLines, lifeReport } from './life-text';
import { readPages } from './list-flags';
import { addOperationFlags, derivedKey, namesOperation, type OperationFlags } from './operation-flags';
import { print } from './output';
import { recordTable, safeText } from './record-table';
import { startLines, startsBeside } from './start-table';
import { withService } from './store';
import { namespaceOf } from './temporal-connection';

interface Flags extends OperationFlags {
  readonly workflow?: string;
  readonly reveal?: true;
}

export function addShow(keys: Command): void {
  addCodecFlags(addOperationFlags(keys.command('show').argument('[key]', 'a whole key, as it is stored')))
    .option('--workflow <id>', 'all keys that activities of this workflow claimed, and of its start')
    .option('--reveal', 'show results and errors, decoded')
    .description('One key: what is recorded, its steps, its start, what was decided by hand.')
    .addHelpText(
      'after',
      examples(
        'temporal once keys show --type charge --key order-42',
        'temporal once keys show --type charge --scope tenant=acme --key order-42 --reveal',
        'temporal once keys show 1/default/global/charge/order-42 -o json',
        'temporal once keys show --workflow order-42',
      ),
    )
    .action(async (key: string | undefined, flags: Flags, command: Command) => {
      const { workflow } = flags;
      if (workflow !== undefined) {
        if (key !== undefined || flags.type !== undefined || flags.reveal === true)
          throw new InvalidOptionError(
            '--workflow',
            'given beside a key, --type or --reveal',
            'List its keys first, then show one',
          );
        return showWorkflow(workflow, command);
      }
      const whole = key ?? (namesOperation(flags) ? derivedKey(command).key : undefined);
      if (whole === undefined)
        throw new InvalidOptionError(
          'key',
          'is missing',
          'Give one, --type with --key or --args, or --workflow',
        );
      const dataConverter = dataConverterOf(command);
      await withService(
        command,
        async (once) => {
          const byHand = once.byHand();
          const life = await byHand.life(whole);
          const revealed =
            flags.reveal === true && life !== undefined ? await byHand.outcome(life) : undefined;
          print(command, lifeReport(whole, life, revealed), lifeLines(whole, life, revealed, command));
        },
        { dataConverter },
      );
    });
}

async function showWorkflow(workflowId: string, command: Command): Promise<void> {
  const namespace = namespaceOf(command);
  const filter = { workflowId, namespace };
  const all = { limit: 1_000, all: true, oldestFirst: true } as const;
  const { records, starts } = await withService(command, async (once) => ({
    ...(await readPages(once.byHand(), filter, all)),
    starts: await startsBeside(once.byHand(), filter, all),
  }));
  const none = `No record of workflow ${safeText(workflowId)} in namespace ${safeText(namespace)}.`;
  print(
    command,
    { workflowId, namespace, records, starts },
    [
      ...(records.length + starts.length === 0 ? [none] : []),
      ...(records.length === 0 ? [] : [recordTable(records, command)]),
      ...startLines(starts, command),
    ],
    [...records, ...starts],
  );
}
