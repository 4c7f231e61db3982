import type {
  ChildWorkflowHandle,
  ExternalWorkflowHandle,
  SignalDefinition,
  Workflow,
} from '@temporalio/workflow';
import { InvalidOptionError } from '../errors';
import type { MessageKey } from '../key/message-key';
import { MessageDoorMissingError } from '../message-errors';
import { sentKey } from './message-header';
import { MessageState } from './workflow-message-state';

/**
 * Signals another workflow with a key, so that it can tell the repeats. Adds a header to the signal, and no command.
 *
 * @throws InvalidOptionError, InvalidKeyError, NotRepresentableError, TooDeepError, MessageDoorMissingError: nothing is sent.
 */
export async function signalOnce<Args extends unknown[], T extends Workflow>(
  handle: ExternalWorkflowHandle | ChildWorkflowHandle<T>,
  signal: SignalDefinition<Args> | string,
  key: MessageKey,
  ...args: Args
): Promise<void> {
  const state = MessageState.current();
  if (state === undefined) throw new MessageDoorMissingError('bundle');
  const name = typeof signal === 'string' ? signal : signal.name;
  const sent = sentKey(name, key, state.hashKeys, 'signalOnce');
  await state.sending.run(sent, () => handle.signal(signal, ...args));
}

/** What a workflow says of its keyed signals and updates. */
export interface RememberOptions {
  /** How many keys of signals, and of updates, it remembers; the oldest are forgotten first. Default 1,000; 0: none. */
  readonly keys?: number;
  /**
   * Size of what continue-as-new hands to the next run, in bytes, outcomes of updates included. It travels in the memo,
   * of which Temporal Cloud takes 40 KB in all. Default 20,000.
   */
  readonly carryBytes?: number;
  /** Signals to warn of when they come without a key: all, or these names. They are delivered. Default: none. */
  readonly expectKeys?: true | readonly string[];
}

/**
 * Call it first in a workflow function, before `setHandler`. Runs that follow by continue-as-new keep both bounds until
 * they say otherwise.
 *
 * @throws InvalidOptionError, MessageDoorMissingError: they fail the workflow task, and a deploy mends it.
 */
export function rememberMessages(options: RememberOptions): void {
  const state = MessageState.current();
  if (state === undefined) throw new MessageDoorMissingError('bundle');
  const { keys, carryBytes, expectKeys, ...others } = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new InvalidOptionError(
      `rememberMessages.${unknown}`,
      'unknown option',
      'Known ones: keys, carryBytes, expectKeys',
    );
  const { memory } = state;
  const limits = {
    keys: bound('keys', keys, memory.limits.keys, 0),
    carryBytes: bound('carryBytes', carryBytes, memory.limits.carryBytes, LEAST_CARRY_BYTES),
  };
  if (expectKeys !== undefined && expectKeys !== true && !Array.isArray(expectKeys))
    throw new InvalidOptionError(
      'rememberMessages.expectKeys',
      'is not acceptable',
      'Give true, or names of signals',
    );
  if (expectKeys !== undefined) state.expectKeys = expectKeys === true || new Set(expectKeys);
  memory.limit(limits);
}

const LEAST_CARRY_BYTES = 1000;

function bound(name: string, given: number | undefined, present: number, least: number): number {
  if (given === undefined) return present;
  if (Number.isSafeInteger(given) && given >= least) return given;
  throw new InvalidOptionError(
    `rememberMessages.${name}`,
    'is not acceptable',
    `Give a whole number from ${least} on`,
  );
}
