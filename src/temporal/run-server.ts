import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { isUnknown } from '../server-answers';

type Service = temporal.api.workflowservice.v1.WorkflowService;
type History = temporal.api.workflowservice.v1.IGetWorkflowExecutionHistoryResponse;
type Description = temporal.api.workflowservice.v1.IDescribeWorkflowExecutionResponse;

/** What of a Temporal client is needed to look at the runs of a workflow. `Client` and `WorkflowClient` have it. */
export interface RunServer {
  readonly options: { readonly namespace: string };
  readonly workflowService: {
    getWorkflowExecutionHistory(
      request: Parameters<Service['getWorkflowExecutionHistory']>[0],
    ): Promise<History>;
    describeWorkflowExecution(
      request: Parameters<Service['describeWorkflowExecution']>[0],
    ): Promise<Description>;
  };
  withDeadline<R>(deadline: number | Date, fn: () => Promise<R>): Promise<R>;
}

const ASK_MS = 5_000;

/**
 * What the server answers within five seconds; undefined when it does not know the run (any more).
 * @throws what the connection throws, when the server can't be asked
 */
export function asked<T>(server: RunServer, ask: () => Promise<T>): Promise<T | undefined> {
  return server.withDeadline(Date.now() + ASK_MS, ask).catch((error: unknown) => {
    if (isUnknown(error)) return undefined;
    throw error;
  });
}

/** For calls of a user's own: as the SDK says that it could not ask. @throws ServiceError */
export async function asService<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    throw new ServiceError(`Failed to ${what}`, { cause: error });
  }
}
