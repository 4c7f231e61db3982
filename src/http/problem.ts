import {
  FingerprintMismatchError,
  OperationRunningError,
  ResultNotKeptError,
  StaleClaimError,
  UnknownOutcomeError,
} from '../claim-errors';
import { ClosedError, InvalidKeyError } from '../errors';
import { StoreUnavailableError } from '../store-errors';
import { MAX_KEY_LENGTH } from './key-header';

/** Why a request did not get to the handler, or its response not to the caller. Ends the problem's `type`. */
export type ProblemName = keyof typeof PROBLEMS;

/** RFC 9457. Nothing of the request stands in it. */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const PROBLEMS = {
  'key-missing': [
    400,
    'Idempotency-Key is missing',
    'This request needs the header Idempotency-Key: a new one for each operation, the same for its retries.',
  ],
  'key-malformed': [
    400,
    'Idempotency-Key is malformed',
    'Send one Idempotency-Key: a structured-field String such as "8e03978e-40d5-43dd-bc93-6894a57f9324".',
  ],
  'key-too-long': [400, 'Idempotency-Key is too long', `Send at most ${MAX_KEY_LENGTH} characters.`],
  'key-reused': [
    422,
    'Idempotency-Key is already used',
    'This key was sent with another request. Send a new key with a new request.',
  ],
  'request-outstanding': [
    409,
    'A request is outstanding for this Idempotency-Key',
    'The first request with this key is being processed. Send it again later.',
  ],
  'outcome-unknown': [
    409,
    'The outcome of the first request is unknown',
    'The server that had it vanished, and it is not run again until somebody has found out.',
  ],
  'response-not-kept': [
    410,
    'The response was not kept',
    'The operation is done, and its response was too big to be sent again.',
  ],
  'body-too-large': [413, 'The body is too large', 'Nothing was done. Send a smaller body.'],
  'store-unavailable': [
    503,
    'The record of requests can not be asked',
    'Nothing was done. Send it again later.',
  ],
  'internal-error': [500, 'Internal error', 'The key is free: the request may be sent again.'],
} as const satisfies Record<string, readonly [number, string, string]>;

const RETRY_STORE_S = 1;

export function problem(base: string, name: ProblemName, retryAfterS?: number): Problem {
  const [status, title, detail] = PROBLEMS[name];
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) }),
    },
    body: JSON.stringify({ type: `${base}${name}`, title, status, detail }),
  };
}

/** What the service threw, as a problem. */
export function problemOf(base: string, error: unknown): Problem {
  if (error instanceof FingerprintMismatchError) return problem(base, 'key-reused');
  if (error instanceof OperationRunningError)
    return problem(base, 'request-outstanding', Math.max(1, Math.ceil(error.leaseRemainingMs / 1_000)));
  // Another server has taken over: its response is the one.
  if (error instanceof StaleClaimError) return problem(base, 'request-outstanding', 1);
  if (error instanceof UnknownOutcomeError) return problem(base, 'outcome-unknown');
  if (error instanceof ResultNotKeptError) return problem(base, 'response-not-kept');
  if (error instanceof InvalidKeyError && error.part === 'key') return problem(base, 'key-too-long');
  if (error instanceof StoreUnavailableError || error instanceof ClosedError)
    return problem(base, 'store-unavailable', RETRY_STORE_S);
  return problem(base, 'internal-error');
}
