import { OnceError } from './errors';

/**
 * A workflow was started under this key, the server no longer knows the run, and there is no outcome to answer with.
 * Nothing was started.
 */
export class OutcomeNotKeptError extends OnceError {
  readonly code = 'OUTCOME_NOT_KEPT';

  constructor(
    readonly key: string,
    readonly workflowId: string,
    /** The run that was started. */
    readonly runId: string,
    /**
     * `lost`: nobody read its end while the server had it; `ended`: it failed, timed out, was cancelled or terminated;
     * `no-result`: it completed, and its result was too big or kept elsewhere.
     */
    readonly reason: 'lost' | 'ended' | 'no-result',
  ) {
    super(
      `${key}: run ${runId} of workflow ${workflowId} is no longer known to the server, and ${WHY[reason]}`,
    );
  }
}

const WHY = {
  lost:
    'its end was not read in time: it may have completed. Nothing was started. Find out what became of it: `record` its ' +
    'result, or clear the key to let it run again. Run the upkeep more often than the namespace forgets.',
  ended: 'it did not complete: only completion is an outcome. Start it again.',
  'no-result':
    'it completed without a result that could be kept. Nothing was started. Clear the key to let it run again.',
} as const;
