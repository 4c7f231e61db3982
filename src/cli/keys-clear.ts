import type { Command } from 'commander';
import { RecordChangedError } from '../decision-errors';
import { InvalidOptionError } from '../errors';
import type { ByHand, Signed } from '../idempotency/by-hand';
import type { ClearResult } from '../idempotency/service-options';
import type { ListedRecord } from '../stores/records-view';
import { confirmed } from './confirm';
import { examples } from './examples';
import { EXIT, Reported } from './exit';
import { filterOf, readPages, addFilterFlags, type FilterFlags } from './list-flags';
import { addKeyFlags, derivedKey, namesOperation, type OperationFlags } from './operation-flags';
import { print } from './output';
import { recordTable, safeText } from './record-table';
import { addSignatureFlags, signatureOf, type SignatureFlags } from './signature-flags';
import { withService } from './store';

type Flags = OperationFlags & FilterFlags & SignatureFlags & { readonly dryRun?: true };

const SHOWN = 20;
const KEY_FLAGS = ['key', 'keyJson', 'args', 'scope', 'hashKeys', 'secretFile', 'crossNamespace'] as const;

/** What is to be cleared: a key, and the record that was seen under it. */
export interface Target {
  readonly key: string;
  readonly record: ListedRecord | undefined;
}

export interface Cleared {
  readonly cleared: readonly ({ readonly key: string } & ClearResult)[];
  /** Became another record while the question was asked. */
  readonly changed: readonly string[];
}

export function addClear(keys: Command): void {
  const command = keys.command('clear').argument('[keys...]', 'whole keys, as they are stored');
  addSignatureFlags(addFilterFlags(addKeyFlags(command)))
    .option('--dry-run', 'show what would be cleared, and clear nothing')
    .description(
      'Frees keys whatever their state: the next call runs. Asks first; the audit keeps who and why.',
    )
    .addHelpText(
      'after',
      examples(
        `temporal once keys clear --type charge --key order-42 --why 'wrong card, CASE-7'`,
        `temporal once keys clear --type charge --state failed --newer-than 2h --why 'provider was down' --yes`,
        'temporal once keys clear --workflow order-42 --dry-run',
      ),
    )
    .action(async (given: string[], flags: Flags, self: Command) => {
      const signed = flags.dryRun === true ? undefined : signatureOf(flags);
      const find = finder(given, flags, self);
      await withService(self, async (once) => {
        const byHand = once.byHand();
        const targets = await find(byHand);
        await clearTargets(byHand, targets, signed, flags.yes, self);
      });
    });
}

/** How the keys are found, decided before anything is connected. @throws InvalidOptionError */
function finder(
  given: readonly string[],
  flags: Flags,
  command: Command,
): (byHand: ByHand) => Promise<Target[]> {
  const keys = namesOperation(flags) ? [...given, derivedKey(command).key] : given;
  const { state, label, workflow, olderThan, newerThan, type } = flags;
  const common = [state, label, workflow, olderThan, newerThan];
  const ofOneKey = KEY_FLAGS.find((name) => flags[name] !== undefined);
  // Never more than was meant: `--type charge --scope tenant=acme` without its key is not all of the type.
  if (keys.length > 0 ? common.some((one) => one !== undefined) : ofOneKey !== undefined)
    throw new InvalidOptionError(
      'keys',
      'are named in two ways, or in half a way',
      'Give whole keys; or --type with --key or --args; or what they have in common',
    );
  if (keys.length > 0)
    return (byHand) =>
      Promise.all([...new Set(keys)].map(async (key) => ({ key, record: (await byHand.life(key))?.record })));
  if ([type, ...common].every((one) => one === undefined))
    throw new InvalidOptionError(
      'keys',
      'are missing',
      'Give whole keys, --type with --key or --args, or what they have in common: --type, --label, --workflow, --state',
    );
  const filter = filterOf(command);
  return async (byHand) => {
    const { records } = await readPages(byHand, filter, { limit: 1_000, all: true });
    return records.filter((one) => one.state !== 'free').map((record) => ({ key: record.key, record }));
  };
}

/** Shows, asks, clears and reports. `signed` undefined: only shows. */
export async function clearTargets(
  byHand: ByHand,
  targets: readonly Target[],
  signed: Signed | undefined,
  yes: true | undefined,
  command: Command,
): Promise<void> {
  if (signed === undefined || targets.length === 0) {
    const none = 'Nothing to clear.';
    const keys = targets.map(({ key }) => key);
    print(command, { wouldClear: keys }, targets.length === 0 ? [none] : shown(targets, command), keys);
    return;
  }
  process.stderr.write(`${shown(targets, command).join('\n')}\n`);
  if (!(await confirmed(`Clear ${counted(targets.length)}? The next call of each runs.`, yes))) {
    print(command, { cleared: [], changed: [] }, ['Nothing was changed.'], []);
    return;
  }
  const report = await clearAll(byHand, targets, signed);
  print(command, report, reportLines(report), report.cleared);
  if (report.changed.length > 0) throw new Reported(EXIT.failed);
}

async function clearAll(byHand: ByHand, targets: readonly Target[], signed: Signed): Promise<Cleared> {
  const cleared: Cleared['cleared'][number][] = [];
  const changed: string[] = [];
  for (const { key, record } of targets) {
    try {
      cleared.push({ key, ...(await byHand.clear(key, { ...signed, fence: record?.fence })) });
    } catch (error) {
      if (!(error instanceof RecordChangedError)) throw error;
      changed.push(key);
    }
  }
  return { cleared, changed };
}

function shown(targets: readonly Target[], command: Command): string[] {
  const records = targets.flatMap(({ record }) => record ?? []);
  const bare = targets.filter(({ record }) => record === undefined);
  return [
    ...(records.length === 0 ? [] : [recordTable(records.slice(0, SHOWN), command)]),
    ...bare
      .slice(0, SHOWN)
      .map(({ key }) => `${safeText(key)}: no record; its start, if there is one, is forgotten`),
    ...(targets.length > SHOWN ? [`${counted(targets.length)} in all.`] : []),
  ];
}

function reportLines({ cleared, changed }: Cleared): string[] {
  const missed = cleared.filter(({ cache }) => cache === 'missed');
  return [
    `Cleared ${counted(cleared.length)}.`,
    ...changed.map((key) => `Not cleared, it has changed meanwhile: ${safeText(key)}`),
    ...(missed.length === 0
      ? []
      : [
          `Redis could not be told of ${missed.length}: it may answer the old outcome for up to ${Math.round((missed[0]?.cacheMaxAgeMs ?? 0) / 1000)} s.`,
        ]),
  ];
}

function counted(count: number): string {
  return count === 1 ? '1 key' : `${count} keys`;
}
