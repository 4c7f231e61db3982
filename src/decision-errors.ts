import { OnceError } from './errors';

/** Another claim or outcome stands there than the one that was looked at. Look again. */
export class RecordChangedError extends OnceError {
  readonly code = 'RECORD_CHANGED';

  constructor(
    readonly key: string,
    /** What stands there now. */
    readonly state: string,
  ) {
    super(`${key}: has changed since it was looked at, it is ${state} now. Look at it again, then decide.`);
  }
}

/** Only an unknown outcome can be run again or reconciled. */
export class OutcomeKnownError extends OnceError {
  readonly code = 'OUTCOME_KNOWN';

  constructor(
    readonly key: string,
    readonly state: string,
  ) {
    super(
      `${key}: is ${state}, its outcome is not unknown. Wait for a running one; clear a recorded one to let it run again.`,
    );
  }
}
