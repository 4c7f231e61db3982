import type { Headers } from '@temporalio/common';

/** How late a run may begin, as it stands in the header of a schedule's action; in milliseconds. */
export interface LiveExpiry {
  readonly afterMs: number;
  /** How much later than its nominal time the schedule may start it. */
  readonly jitterMs: number;
}

/** Expiry in the header of an action, as the workers read it; what else is in a header is kept. */
export interface Expiries {
  /** @throws InvalidOptionError for less than a second; HeaderVersionError */
  add(expiry: { readonly expiresAfter: number; readonly jitter: number }, present?: Headers): Headers;
  /** @throws HeaderVersionError for a header of a newer version */
  read(present: Headers): LiveExpiry | undefined;
  /** @throws HeaderVersionError for a header of a newer version */
  remove(present: Headers): Headers;
}
