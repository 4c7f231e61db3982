import {
  log,
  metricMeter,
  patched,
  type ContinueAsNewInput,
  type Next,
  type SignalInput,
  type SignalWorkflowInput,
  type WorkflowExecuteInput,
  type WorkflowInboundCallsInterceptor,
  type WorkflowInterceptors,
  type WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import { logEvent } from '../log-events';
import { noteInWorkflow } from '../tracing/sandbox-note';
import { MESSAGE_HEADER, writeMessageHeader } from './message-header';
import { keyedMessage, MESSAGES_PATCH, MessageState, type Keyed } from './workflow-message-state';
import { UpdateAnswers } from './workflow-updates';

/**
 * What stands in a workflow bundle for signals and updates. Nothing here waits: a promise more would move commands
 * of histories that were recorded without it.
 */
export function messageInterceptors(hashKeys: boolean): Required<WorkflowInterceptors> {
  const state = new MessageState(hashKeys);
  const updates = new UpdateAnswers(state);
  return {
    inbound: [new SignalInbound(state), updates],
    outbound: [new MessageOutbound(state, updates)],
    internals: [
      {
        activate: updates.activate.bind(updates),
        concludeActivation: updates.concludeActivation.bind(updates),
        dispose(input, next) {
          state.sending.disable();
          next(input);
        },
      },
    ],
  };
}

class SignalInbound implements WorkflowInboundCallsInterceptor {
  constructor(private readonly state: MessageState) {}

  execute(
    input: WorkflowExecuteInput,
    next: Next<WorkflowInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    this.state.started();
    return next(input);
  }

  handleSignal(
    input: SignalInput,
    next: Next<WorkflowInboundCallsInterceptor, 'handleSignal'>,
  ): Promise<void> {
    const { signalName: signal } = input;
    try {
      const keyed = keyedMessage(input);
      if (keyed === undefined) this.warnOfMissingKey(signal);
      else if (this.drops(signal, keyed)) return Promise.resolve();
    } catch (error) {
      // Fails the workflow task: the signal stays in the history until a worker that can read it takes the task.
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    return next(input);
  }

  private drops(signal: string, { key, digest, arguments: given }: Keyed): boolean {
    const { memory } = this.state;
    const arrival = memory.arrival(digest, given);
    if (arrival === 'first' || !patched(MESSAGES_PATCH)) {
      memory.delivered(digest, given);
      noteInWorkflow('signal', key, 'delivered');
      return false;
    }
    const same = arrival === 'repeat';
    logEvent(log, same ? 'signal_repeated' : 'signal_conflict', { signal, key });
    metricMeter
      .createCounter('temporal_once_signals_dropped', 'signals', 'Repeats that were not delivered')
      .add(1, { signal, arguments: same ? 'same' : 'other' });
    noteInWorkflow('signal', key, same ? 'dropped' : 'mismatch');
    return true;
  }

  /** A sender that is not this package's can't be told: the signal is delivered. */
  private warnOfMissingKey(signal: string): void {
    const { expectKeys } = this.state;
    if (expectKeys !== true && !expectKeys.has(signal)) return;
    logEvent(log, 'signal_without_key', { signal });
  }
}

class MessageOutbound implements WorkflowOutboundCallsInterceptor {
  constructor(
    private readonly state: MessageState,
    private readonly updates: UpdateAnswers,
  ) {}

  signalWorkflow(
    input: SignalWorkflowInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'signalWorkflow'>,
  ): Promise<void> {
    const sending = this.state.sending.getStore();
    if (sending === undefined || MESSAGE_HEADER in input.headers) return next(input);
    noteInWorkflow('signal', sending.key, 'sent');
    return next({ ...input, headers: writeMessageHeader(input.headers, sending) });
  }

  continueAsNew(
    input: ContinueAsNewInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'continueAsNew'>,
  ): Promise<never> {
    const memo = this.state.nextMemo(input.options.memo, this.updates.pending);
    if (memo === input.options.memo) return next(input);
    this.updates.handedOver();
    return next({ ...input, options: { ...input.options, memo: memo as Record<string, unknown> } });
  }
}
