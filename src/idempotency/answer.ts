import { FingerprintMismatchError, ResultNotKeptError } from '../claim-errors';
import type { Outcome } from '../stores/store';
import type { Call } from './call';
import { replayedError } from './replayed-error';

/**
 * The recorded result, perhaps in a promise.
 * @throws ResultNotKeptError; the recorded error, as its callers get it, by that promise
 */
export function answerOf(call: Call, { state, payload, context, fence }: Outcome): unknown {
  const key = call.keys[0] as string;
  if (payload === undefined) throw new ResultNotKeptError(key);
  if (state === 'completed') return call.codec.decodeResult(payload, context);
  return call.codec
    .decodeError(payload, context)
    .then((error) => Promise.reject(replayedError(key, fence, error)));
}

export type Compared = Pick<Call, 'keys' | 'fingerprints'> & { owner: Pick<Call['owner'], 'execution'> };

/**
 * What is wrong where the record was made with other arguments. An execution's own retry is exempt: its arguments
 * are the same by construction.
 */
export function mismatchOf(
  { keys, fingerprints, owner }: Compared,
  record: { fingerprint: string | undefined; execution: string },
): FingerprintMismatchError | undefined {
  if (fingerprints.impliedByKey || record.fingerprint === undefined || fingerprints.all.length === 0)
    return undefined;
  if (fingerprints.all.includes(record.fingerprint) || record.execution === owner.execution) return undefined;
  return new FingerprintMismatchError(keys[0] as string, record.fingerprint, fingerprints.all[0] as string);
}
