import { InvalidOptionError } from '../errors';
import { POLICY_FIELDS } from './policy';
import type { Operation } from './service-options';

const KNOWN: ReadonlySet<string> = new Set(['type', 'args', ...POLICY_FIELDS]);

const WHEN_RUNNING: readonly unknown[] = ['wait', 'retry', 'fail'];

/**
 * Checks an operation given by a program, on every call and therefore by hand: a schema would cost more than
 * the call. Durations, categories, scopes and keys are checked where they are used.
 * @throws InvalidOptionError naming the field.
 */
export function checkOperation(operation: Operation): void {
  if (typeof operation !== 'object' || operation === null) {
    throw new InvalidOptionError('operation', 'is not an object', "Give { type: 'charge', key: 'order-42' }");
  }
  for (const name in operation) {
    if (!KNOWN.has(name)) {
      throw new InvalidOptionError(name, 'unknown option', `Known ones: ${[...KNOWN].join(', ')}`);
    }
  }
  const { args, label, fingerprint, cacheErrors, whenRunning, onUnknownOutcome } = operation;
  if (args !== undefined && !Array.isArray(args)) refuse('args', 'a list of arguments');
  if (fingerprint !== undefined && fingerprint !== false && typeof fingerprint !== 'function') {
    refuse('fingerprint', 'false or a function of the arguments');
  }
  if (label !== undefined && typeof label !== 'string' && typeof label !== 'function')
    refuse('label', 'a text, or a function of the arguments');
  if (cacheErrors !== undefined && !Array.isArray(cacheErrors))
    refuse('cacheErrors', 'a list of error types');
  if (whenRunning !== undefined && !WHEN_RUNNING.includes(whenRunning)) {
    refuse('whenRunning', "'wait', 'retry' or 'fail'");
  }
  if (onUnknownOutcome !== undefined && typeof onUnknownOutcome !== 'function') {
    if (onUnknownOutcome !== 'rerun' && onUnknownOutcome !== 'fail')
      refuse('onUnknownOutcome', "'rerun', 'fail' or a function");
  }
}

function refuse(option: string, expected: string): never {
  throw new InvalidOptionError(option, 'is not acceptable', `Expected ${expected}`);
}
