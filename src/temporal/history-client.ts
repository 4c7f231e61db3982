import type { LoadedDataConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';

type Service = temporal.api.workflowservice.v1.WorkflowService;
type Reverse = Service['getWorkflowExecutionHistoryReverse'];
type Describe = Service['describeActivityExecution'];

/** What of a Temporal client is needed to ask for the outcome of an activity. `Client` has it. */
export interface HistoryClient {
  readonly options: { readonly namespace: string; readonly loadedDataConverter: LoadedDataConverter };
  readonly workflowService: {
    getWorkflowExecutionHistoryReverse(request: Parameters<Reverse>[0]): Promise<HistoryPage>;
    describeActivityExecution(request: Parameters<Describe>[0]): Promise<ActivityDescription>;
  };
  withDeadline<R>(deadline: number | Date, fn: () => Promise<R>): Promise<R>;
}

export type HistoryPage = temporal.api.workflowservice.v1.IGetWorkflowExecutionHistoryReverseResponse;
export type ActivityDescription = temporal.api.workflowservice.v1.IDescribeActivityExecutionResponse;
export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
export type Failure = temporal.api.failure.v1.IFailure;
export type Payloads = temporal.api.common.v1.IPayloads;
