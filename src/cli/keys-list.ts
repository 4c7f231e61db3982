import type { Command } from 'commander';
import { examples } from './examples';
import {
  addFilterFlags,
  addPageFlags,
  addScopeFilter,
  filterOf,
  readPages,
  type FilterFlags,
  type PageFlags,
} from './list-flags';
import { print } from './output';
import { recordTable } from './record-table';
import { startLines, startsBeside } from './start-table';
import { withService } from './store';

export function addList(keys: Command): void {
  addPageFlags(addScopeFilter(addFilterFlags(keys.command('list'))))
    .description(
      'Records, those claimed last first; without payloads and without locks. By --label or --workflow also starts without an outcome.',
    )
    .addHelpText(
      'after',
      examples(
        'temporal once keys list --state unknown',
        'temporal once keys list --label "order 42"',
        'temporal once keys list --scope tenant=acme --state failed',
        'temporal once keys list --type charge --older-than 1h -o jsonl --all',
      ),
    )
    .action(async (flags: FilterFlags & PageFlags, command: Command) => {
      const filter = filterOf(command);
      const { records, next, starts } = await withService(command, async (once) => ({
        ...(await readPages(once.byHand(), filter, flags)),
        starts: await startsBeside(once.byHand(), filter, flags),
      }));
      const more = next === undefined ? [] : [`More: --after ${next}`];
      const none = flags.after === undefined ? 'No records.' : 'No more records.';
      const lines = [
        ...(records.length === 0 ? (starts.length === 0 ? [none] : []) : [recordTable(records, command)]),
        ...startLines(starts, command),
        ...more,
      ];
      print(command, { records, starts, next: next ?? null }, lines, [...records, ...starts]);
    });
}
