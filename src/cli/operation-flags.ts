import { readFileSync } from 'node:fs';
import { defaultDataConverter } from '@temporalio/common';
import type { Command } from 'commander';
import { InvalidOptionError } from '../errors';
import { Categories } from '../idempotency/categories';
import { OutcomeCodec } from '../idempotency/codec';
import type { EvaluatedPolicy } from '../idempotency/policy';
import { keyFormsOf, Resolver } from '../idempotency/resolve';
import { readScope } from './scope-flag';
import { namespaceOf } from './temporal-connection';

export interface OperationFlags {
  readonly type?: string;
  readonly key?: string;
  readonly keyJson?: string;
  readonly args?: string;
  readonly scope?: readonly string[];
  readonly hashKeys?: true;
  readonly secretFile?: string;
  readonly crossNamespace?: true;
}

export interface DerivedKey {
  readonly key: string;
  readonly type: string;
  readonly namespace: string | null;
  /** Digest of the arguments; null where none were given, or nothing of them is compared. */
  readonly fingerprint: string | null;
}

/** The flags that name an operation as a policy does. */
export function addOperationFlags(command: Command): Command {
  return addKeyFlags(command.option('--type <name>', 'activity type or name of the operation'));
}

/** The same without `--type`. */
export function addKeyFlags(command: Command): Command {
  return command
    .option('--key <text>', 'its key, a text')
    .option('--key-json <json>', 'its key, any other value')
    .option('--args <json>', 'its arguments, a JSON list: the key when none is given')
    .option(
      '--scope <scope>',
      "global, tenant=acme, n:=7 (JSON), or 'workflow(<id>)'; again for more names",
      collect,
    )
    .option('--hash-keys', 'the policy says hashKeys')
    .option('--secret-file <path>', 'the secret of the keys; default: TEMPORAL_ONCE_SECRET')
    .option('--cross-namespace', 'the policy says crossNamespace');
}

export function namesOperation({ type, key, keyJson, args }: OperationFlags): boolean {
  return type !== undefined && (key !== undefined || keyJson !== undefined || args !== undefined);
}

/** The key that the flags stand for, derived as every door derives it. Asks nobody. @throws InvalidOptionError, InvalidKeyError */
export function derivedKey(command: Command): DerivedKey {
  const flags = command.optsWithGlobals<OperationFlags>();
  const { type, crossNamespace } = flags;
  if (type === undefined) throw new InvalidOptionError('--type', 'is missing', 'Say whose key it is');
  if (flags.key !== undefined && flags.keyJson !== undefined)
    throw new InvalidOptionError('--key', 'given beside --key-json', 'Give one of them');
  const namespace = namespaceOf(command);
  const args = readArgs(flags.args);
  const codec = new OutcomeCodec(defaultDataConverter);
  const resolver = new Resolver(
    keyFormsOf({ secret: secretOf(flags) }),
    new Categories(undefined),
    flags.hashKeys === true,
    (value) => codec.deliver(value),
  );
  const { policy, workflowId } = policyOf(flags);
  const { keys, fingerprints } = resolver.resolve(type, args ?? [], policy, {
    namespace,
    execution: [],
    ...(workflowId === undefined ? {} : { workflowId }),
  });
  return {
    key: keys[0] as string,
    type,
    namespace: crossNamespace === true ? null : namespace,
    fingerprint: args === undefined ? null : (fingerprints.all[0] ?? null),
  };
}

function policyOf(flags: OperationFlags): { readonly policy: EvaluatedPolicy; readonly workflowId?: string } {
  const { workflowId, scope } = readScope(flags.scope ?? ['global']);
  const key =
    flags.keyJson === undefined
      ? flags.key === undefined
        ? {}
        : { key: flags.key }
      : { key: parsed('--key-json', flags.keyJson) };
  const policy = {
    scope,
    ...key,
    ...(flags.crossNamespace === true ? { crossNamespace: true } : {}),
  };
  return workflowId === undefined ? { policy } : { policy, workflowId };
}

function readArgs(text: string | undefined): readonly unknown[] | undefined {
  if (text === undefined) return undefined;
  const args = parsed('--args', text);
  if (Array.isArray(args)) return args as unknown[];
  throw new InvalidOptionError(
    '--args',
    'is no list',
    'Give all arguments as one JSON list: \'["order-42"]\'',
  );
}

export function parsed(flag: string, json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    throw new InvalidOptionError(
      flag,
      'is no JSON',
      'Quote it for the shell; a text needs its double quotes',
    );
  }
}

/** Never a flag of its own: other people of the machine see those. */
function secretOf({ secretFile }: OperationFlags): string | undefined {
  const secret = secretFile === undefined ? process.env['TEMPORAL_ONCE_SECRET'] : fromFile(secretFile);
  if (secret === undefined || secret === '') return undefined;
  if (secret.length >= 16) return secret;
  throw new InvalidOptionError('--secret-file', 'is too short', 'A secret needs at least 16 characters');
}

function fromFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new InvalidOptionError('--secret-file', (error as Error).message, 'Give a file that can be read');
  }
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
