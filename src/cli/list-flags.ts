import type { Command } from 'commander';
import { Option } from 'commander';
import { InvalidOptionError } from '../errors';
import { durationMs } from '../idempotency/duration';
import { escapeNamespace } from '../key/escape';
import { scopeText } from '../key/scope';
import type { ListedRecord, ListedState, RecordFilter, RecordPage } from '../stores/records-view';
import type { ByHand } from '../idempotency/by-hand';
import { readScope } from './scope-flag';
import { namespaceOf } from './temporal-connection';

export interface FilterFlags {
  readonly state?: ListedState;
  readonly type?: string;
  readonly label?: string;
  readonly workflow?: string;
  readonly olderThan?: string;
  readonly newerThan?: string;
}

export interface PageFlags {
  readonly limit: number;
  readonly after?: string;
  readonly oldestFirst?: true;
  readonly all?: true;
}

const STATES: readonly ListedState[] = ['running', 'vanished', 'unknown', 'completed', 'failed', 'free'];

export function addFilterFlags(command: Command): Command {
  return command
    .addOption(new Option('--state <state>', 'of this state').choices(STATES))
    .option('--type <name>', 'of this activity type or operation')
    .option('--label <text>', 'with this label, as a policy gave it')
    .option('--workflow <id>', 'claimed by activities of this workflow, or its start')
    .option('--older-than <duration>', 'claimed longer ago than that')
    .option('--newer-than <duration>', 'claimed since then');
}

/** Not where keys are cleared: there `--scope` is part of one key. */
export function addScopeFilter(command: Command): Command {
  return command.option(
    '--scope <scope>',
    "of this scope in one namespace: global, tenant=acme, n:=7 (JSON), or 'workflow(<id>)'; again for more names",
    (one: string, before: readonly string[] = []) => [...before, one],
  );
}

export function addPageFlags(command: Command): Command {
  return command
    .option('--limit <count>', 'at most so many, 1 to 1000', wholeNumber, 50)
    .option('--after <place>', 'go on behind the page before')
    .option('--oldest-first', 'those claimed longest ago come first')
    .option('--all', 'page after page, to the end');
}

/**
 * With `--namespace` only keys of that namespace, else those of all; a scope is one of a namespace.
 * @throws InvalidOptionError, InvalidKeyError
 */
export function filterOf(command: Command): RecordFilter {
  const { namespace, ...flags } = command.optsWithGlobals<FilterFlags & { namespace?: string }>();
  const scope = command.opts<{ scope?: readonly string[] }>().scope;
  const { state, type, label, workflow, olderThan, newerThan } = flags;
  return {
    ...(state === undefined ? {} : { state }),
    ...(type === undefined ? { locks: false } : { type }),
    ...(label === undefined ? {} : { label }),
    ...(workflow === undefined ? {} : { workflowId: workflow, namespace: namespaceOf(command) }),
    ...(scope === undefined
      ? workflow === undefined && namespace !== undefined
        ? { keyPrefix: `1/${escapeNamespace(namespace)}/` }
        : {}
      : { keyPrefix: `1/${escapeNamespace(namespaceOf(command))}/${typedScopeText(scope)}/` }),
    ...(olderThan === undefined ? {} : { olderThanMs: durationMs(olderThan, '--older-than') }),
    ...(newerThan === undefined ? {} : { youngerThanMs: durationMs(newerThan, '--newer-than') }),
  };
}

/** As it stands in keys. */
function typedScopeText(given: readonly string[]): string {
  const { scope, workflowId } = readScope(given);
  if (workflowId !== undefined) return scopeText({ kind: 'workflow', workflowId });
  return scopeText(typeof scope === 'string' ? { kind: 'global' } : { kind: 'named', names: scope });
}

/** Pages until there are as many as asked for, or no more. */
export async function readPages(
  byHand: ByHand,
  filter: RecordFilter,
  { limit, after, oldestFirst, all }: PageFlags,
): Promise<RecordPage> {
  const records: ListedRecord[] = [];
  let next = after;
  do {
    const page = await byHand.page(filter, {
      limit: all === true ? 1_000 : limit - records.length,
      after: next,
      oldestFirst: oldestFirst === true,
    });
    records.push(...page.records);
    next = page.next;
  } while (next !== undefined && (all === true || records.length < limit));
  return { records, next };
}

function wholeNumber(text: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  if (count >= 1 && count <= 1_000) return count;
  throw new InvalidOptionError('--limit', 'is not acceptable', 'Give 1 to 1000');
}
