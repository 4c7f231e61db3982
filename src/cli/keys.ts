import type { Command } from 'commander';
import { addClear } from './keys-clear';
import { addDecide } from './keys-decide';
import { addDerive } from './keys-derive';
import { addList } from './keys-list';
import { addShow } from './keys-show';

export function addKeys(program: Command): void {
  const keys = program.command('keys').description('What is recorded under which key.');
  addShow(keys);
  addList(keys);
  addClear(keys);
  addDecide(keys);
  addDerive(keys);
}
