import { InvalidKeyError, InvalidOptionError } from '../errors';
import { MAX_KEY_BYTES } from '../key/key-text';
import { utf8Length } from '../key/utf8';
import { currentSteps } from './claim-context';

/**
 * A recovery point inside a protected body. Runs `body` and records its value under the claim; a later run of the same
 * operation (a retry, or after this worker vanished) gets that value instead of running it again. Belongs to the
 * innermost operation; a lock is none. A body that throws records nothing.
 *
 * @param name names the step within its operation; readable at rest and in errors. Once a run.
 * @throws NoClaimError outside a protected body, DuplicateStepError, StaleClaimError, StepNotRecordedError,
 * StoreUnavailableError (before the body), TransactionError in a transactional activity, InvalidKeyError for the name.
 */
export async function step<T>(name: string, body: () => Promise<T> | T): Promise<T> {
  checkName(name);
  if (typeof body !== 'function') {
    throw new InvalidOptionError(
      'body',
      'is not a function',
      "Give one: step('charge', () => charge(order))",
    );
  }
  return currentSteps(name).run(name, async () => body());
}

/** A name that any store keeps as it is. */
function checkName(name: string): void {
  const remedy = 'Name what the step does, e.g. charge';
  if (typeof name !== 'string') throw new InvalidKeyError('step', 'the name is not a string', remedy);
  if (name === '') throw new InvalidKeyError('step', 'the name is empty', remedy);
  // Postgres keeps no NUL, and UTF-8 no half of a surrogate pair.
  if (/\0|\p{Surrogate}/u.test(name))
    throw new InvalidKeyError('step', 'the name has a NUL or a lone surrogate', remedy);
  const bytes = utf8Length(name);
  if (bytes > MAX_KEY_BYTES)
    throw new InvalidKeyError('step', `the name is ${bytes} bytes long, more than ${MAX_KEY_BYTES}`, remedy);
}
