import { ApplicationFailure } from '@temporalio/common';
import { InvalidOptionError } from '../errors';
import type { FoundOut } from '../idempotency/by-hand';
import type { ClearResult } from '../idempotency/service-options';
import type { Shown } from './page-context';

export const ACTIONS = ['clear', 'rerun', 'reconcile'] as const;
export type DecidedAction = (typeof ACTIONS)[number];

export function actionOf(text: unknown): DecidedAction | undefined {
  return ACTIONS.find((one) => one === text);
}

export type Form = Readonly<Record<string, unknown>>;

/**
 * Does what a form says. The fence in it is that of the record which was looked at: if there is another one by now, nothing is done.
 * @throws InvalidOptionError, RecordChangedError, OutcomeKnownError
 */
export async function decide(once: Shown, action: DecidedAction, form: Form): Promise<ClearResult> {
  if (field(form, 'sure') !== 'yes')
    throw new InvalidOptionError('sure', 'is not ticked', 'Say that you know what this does');
  const key = field(form, 'key');
  const signed = { who: field(form, 'who'), why: field(form, 'why'), fence: fenceOf(field(form, 'fence')) };
  const byHand = once.byHand();
  if (action !== 'reconcile') return byHand[action](key, signed);
  return byHand.reconcile(key, foundOut(form), signed, field(form, 'ttl'));
}

function foundOut(form: Form): FoundOut {
  if (field(form, 'outcome') === 'failed') {
    const message = field(form, 'message').trim();
    if (message === '') throw new InvalidOptionError('message', 'is missing', 'Say what the error was');
    return { error: ApplicationFailure.nonRetryable(message, field(form, 'errorType').trim() || null) };
  }
  const text = field(form, 'result').trim();
  if (text === '') return { result: undefined };
  try {
    return { result: JSON.parse(text) as unknown };
  } catch {
    throw new InvalidOptionError('result', 'is no JSON', 'Give e.g. "receipt-42", 42 or {"id": 42}');
  }
}

function fenceOf(text: string): bigint | undefined {
  if (text === '') return undefined;
  if (/^\d{1,19}$/.test(text)) return BigInt(text);
  throw new InvalidOptionError('fence', 'is no fence', 'Load the page again');
}

/** A text of the form, empty where it has none. */
export function field(form: Form, name: string): string {
  const value = form[name];
  return typeof value === 'string' ? value : '';
}
