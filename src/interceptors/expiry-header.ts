import type { Headers } from '@temporalio/common';
import { InvalidOptionError } from '../errors';
import { durationMs, type DurationInput } from '../idempotency/duration';
import type { ExpiryHeader } from '../idempotency/expiry-policy';
import type { Expiries } from '../schedules/expiries';
import { addToHeader, HEADER, readHeader, writeHeader } from './header';

/** Schedules fire at whole seconds. */
const LEAST_MS = 1_000;

export interface Expiry {
  /** Milliseconds or words such as `10m`; at least one second. */
  readonly expiresAfter: DurationInput;
  /** Jitter of the schedule's spec, in milliseconds or words: a run that it delays has its whole time. Default none. */
  readonly jitter?: DurationInput | undefined;
}

/**
 * The header of a schedule's action that lets its runs expire, for those who write the action themselves: the `fields` of
 * `action.startWorkflow.header` in a raw request. What `present` holds is kept, of this package's header too.
 * @throws InvalidOptionError; HeaderVersionError when what is present was written by a newer version
 */
export function expiryHeader(expiry: Expiry, present: Headers = {}): Headers {
  return addToHeader(present, { expiry: checkedExpiry(expiry) });
}

/**
 * What the header of a described action says of expiry, in milliseconds; undefined: its runs do not expire.
 * @throws HeaderVersionError
 */
export function expiryIn(present: Headers): ExpiryHeader | undefined {
  return readHeader(present)?.expiry;
}

/**
 * The same header without expiry, for an update of the schedule.
 * @throws HeaderVersionError
 */
export function withoutExpiry(present: Headers): Headers {
  const header = readHeader(present);
  if (header?.expiry === undefined) return present;
  const { v: _v, expiry: _expiry, ...rest } = header;
  if (Object.keys(rest).length > 0) return writeHeader(present, rest);
  const { [HEADER]: _header, ...others } = present;
  return others;
}

/** For those who reconcile schedules with a plan. */
export const headerExpiries: Expiries = { add: expiryHeader, read: expiryIn, remove: withoutExpiry };

/** @throws InvalidOptionError */
export function checkedExpiry({ expiresAfter, jitter }: Expiry): ExpiryHeader {
  const afterMs = durationMs(expiresAfter, 'expiresAfter');
  if (afterMs < LEAST_MS) {
    throw new InvalidOptionError(
      'expiresAfter',
      `${JSON.stringify(expiresAfter)} is less than a second`,
      'A run needs time to reach a worker: give a second or more, better minutes',
    );
  }
  const none = jitter === undefined || Number.parseFloat(String(jitter)) === 0;
  return { afterMs, jitterMs: none ? 0 : durationMs(jitter, 'spec.jitter') };
}
