import { OnceError } from './errors';

/** The workflow id of the call is not the one that its `idempotency` makes. Nothing was started. */
export class WorkflowIdMismatchError extends OnceError {
  readonly code = 'WORKFLOW_ID_MISMATCH';

  constructor(
    /** The id that the call came with. */
    readonly given: string,
    /** The id that this start has. */
    readonly derived: string,
    why = 'the policy of the call makes another one',
  ) {
    super(
      `workflow id ${given} is not that of this start, which is ${derived}: ${why}. Nothing was started. ` +
        `Take the id from \`once.workflowId\`, or all options from \`once.startOptions\`.`,
    );
  }
}

/**
 * The start is a duplicate of one whose workflow is over, so what came with it has nobody to go to. The outcome is
 * there: `client.workflow.getHandle(workflowId, runId).result()`.
 */
export class RunClosedError extends OnceError {
  readonly code = 'RUN_CLOSED';

  constructor(
    readonly key: string,
    readonly workflowId: string,
    readonly runId: string,
    /** What could not be delivered. */
    readonly undelivered: 'signal' | 'update',
    /** Name of the signal or update. */
    readonly messageName: string,
  ) {
    super(
      `key ${key} was started before and its workflow ${workflowId} is over (run ${runId}): the ${undelivered} ` +
        `${messageName} was not delivered. Its outcome is there: getHandle(workflowId, runId).result().`,
    );
  }
}
