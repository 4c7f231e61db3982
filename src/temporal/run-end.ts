import type { SerializationContext } from '@temporalio/common';
import { temporal } from '@temporalio/proto';

const ProtoPayload = temporal.api.common.v1.Payload;

type Payload = temporal.api.common.v1.IPayload;
export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** What the closing event of a run says. */
export type RunEnd =
  | {
      readonly kind: 'completed';
      /** As the worker encoded it; undefined where the bytes are kept elsewhere. */
      readonly payload: Uint8Array | undefined;
      /** Serialization context of that workflow, as JSON. */
      readonly context: string;
    }
  /** Failed, timed out, cancelled or terminated, and nothing follows. */
  | { readonly kind: 'ended' }
  /** Continued as new, retried, or the next run of a cron. */
  | { readonly kind: 'followed'; readonly nextRunId: string };

/** @returns undefined for an event that closes no run. */
export function runEndOf(
  event: HistoryEvent,
  { namespace, workflowId }: { readonly namespace: string; readonly workflowId: string },
): RunEnd | undefined {
  const nextRunId = followedBy(event);
  if (nextRunId !== undefined) return { kind: 'followed', nextRunId };
  const completed = event.workflowExecutionCompletedEventAttributes;
  if (completed != null) {
    return {
      kind: 'completed',
      payload: resultOf(completed),
      context: workflowContext(namespace, workflowId),
    };
  }
  const ended =
    event.workflowExecutionFailedEventAttributes ??
    event.workflowExecutionTimedOutEventAttributes ??
    event.workflowExecutionCanceledEventAttributes ??
    event.workflowExecutionTerminatedEventAttributes;
  return ended == null ? undefined : { kind: 'ended' };
}

/** The serialization context of a workflow, as JSON: what the SDK gave to converter and codecs of what it takes and returns. */
export function workflowContext(namespace: string, workflowId: string): string {
  const context: SerializationContext = { type: 'workflow', namespace, workflowId };
  return JSON.stringify(context);
}

/** Whether a payload is a reference into external storage, which only a worker's storage can follow: not the bytes themselves. */
export function isExternal(payload: Payload | null | undefined): boolean {
  return (payload?.externalPayloads?.length ?? 0) > 0;
}

/** The run that goes on where this event closed one. */
export function followedBy(event: HistoryEvent): string | undefined {
  return (
    event.workflowExecutionCompletedEventAttributes?.newExecutionRunId ||
    event.workflowExecutionFailedEventAttributes?.newExecutionRunId ||
    event.workflowExecutionTimedOutEventAttributes?.newExecutionRunId ||
    event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ||
    undefined
  );
}

type HistoryResponse = temporal.api.workflowservice.v1.GetWorkflowExecutionHistoryResponse;

/** The closing event of a run that completed with this result, as a server would have sent it. */
export function completedEvent(payload: Uint8Array): HistoryResponse {
  return closing({
    eventType: temporal.api.enums.v1.EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
    workflowExecutionCompletedEventAttributes: { result: { payloads: [ProtoPayload.decode(payload)] } },
  });
}

/** The closing event of a run that goes on in another. */
export function continuedEvent(newExecutionRunId: string): HistoryResponse {
  return closing({
    eventType: temporal.api.enums.v1.EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW,
    workflowExecutionContinuedAsNewEventAttributes: { newExecutionRunId },
  });
}

function closing(event: HistoryEvent): HistoryResponse {
  return temporal.api.workflowservice.v1.GetWorkflowExecutionHistoryResponse.fromObject({
    history: { events: [event] },
  });
}

/** What a workflow that returns nothing is recorded with: the same as an SDK that says so in a payload. */
const NOTHING = { metadata: { encoding: Buffer.from('binary/null') } };

function resultOf(
  completed: temporal.api.history.v1.IWorkflowExecutionCompletedEventAttributes,
): Uint8Array | undefined {
  const payload: Payload = completed.result?.payloads?.[0] ?? NOTHING;
  // What a reference refers to is kept as long as others like.
  if (isExternal(payload)) return undefined;
  return ProtoPayload.encode(payload).finish();
}
