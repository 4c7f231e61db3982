import type { Command } from 'commander';
import { lockKey } from '../idempotency/lock';
import type { ListedRecord } from '../stores/records-view';
import { colorsOf } from './colors';
import { durationText } from './duration-text';
import { examples } from './examples';
import { clearTargets } from './keys-clear';
import { readPages } from './list-flags';
import { print } from './output';
import { ownerText, safeText, stateText, tableOf } from './record-table';
import { readPlainScope } from './scope-flag';
import { addSignatureFlags, signatureOf, type SignatureFlags } from './signature-flags';
import { withService } from './store';
import { namespaceOf } from './temporal-connection';

const ALL = { limit: 1_000, all: true, oldestFirst: true } as const;

export function addLocks(program: Command): void {
  const locks = program.command('locks').description('Locks: who holds what, for how long.');

  locks
    .command('list')
    .description('Locks that are held, longest held first, and those whose holder vanished.')
    .addHelpText('after', examples('temporal once locks list', 'temporal once locks list -o jsonl'))
    .action(async (_flags: object, command: Command) => {
      const held = await withService(command, async (once) => {
        const byHand = once.byHand();
        const running = await readPages(byHand, { type: 'lock', state: 'running' }, ALL);
        const vanished = await readPages(byHand, { type: 'lock', state: 'vanished' }, ALL);
        return [...running.records, ...vanished.records].map(lockOf);
      });
      const lines = held.length === 0 ? ['No lock is held.'] : [lockTable(held, command)];
      print(command, { locks: held }, lines, held);
    });

  const clear = locks.command('clear').argument('<name>', 'name of the lock');
  addSignatureFlags(clear)
    .option(
      '--scope <scope>',
      'global, or tenant=acme; again for more names',
      (one: string, more: string[]) => [...more, one],
      [] as string[],
    )
    .description('Takes a lock from whoever holds it: the holder finds itself stale.')
    .addHelpText('after', examples(`temporal once locks clear nightly --why 'its host is gone'`))
    .action(async (name: string, flags: SignatureFlags & { scope: string[] }, command: Command) => {
      const signed = signatureOf(flags);
      const scope = readPlainScope(flags.scope.length === 0 ? ['global'] : flags.scope);
      const key = lockKey(name, scope, namespaceOf(command));
      await withService(command, async (once) => {
        const byHand = once.byHand();
        const record = (await byHand.life(key))?.record;
        const isHeld = record !== undefined && record.state !== 'free';
        await clearTargets(byHand, isHeld ? [{ key, record }] : [], signed, flags.yes, command);
      });
    });
}

interface HeldLockShown extends ListedRecord {
  readonly name: string;
  readonly namespace: string;
  readonly scope: string;
}

/** Name, namespace and scope as they are written in its key. */
function lockOf(record: ListedRecord): HeldLockShown {
  const [, namespace = '', scope = '', , ...name] = record.key.split('/');
  return { ...record, namespace, scope, name: name.join('/') };
}

function lockTable(held: readonly HeldLockShown[], command: Command): string {
  const colors = colorsOf(command);
  return tableOf(
    ['lock', 'scope', 'namespace', 'state', 'held for', 'lease ends in', 'by'],
    held.map((one) => [
      safeText(one.name),
      safeText(one.scope),
      safeText(one.namespace),
      stateText(one, colors),
      durationText(one.ageMs),
      durationText(one.remainingMs),
      safeText(ownerText(one)),
    ]),
  );
}
