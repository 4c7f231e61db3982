import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import {
  log,
  metricMeter,
  patched,
  type ActivateInput,
  type ConcludeActivationInput,
  type ConcludeActivationOutput,
  type Next,
  type UpdateInput,
  type WorkflowInboundCallsInterceptor,
  type WorkflowInternalsInterceptor,
} from '@temporalio/workflow';
import { HeaderVersionError } from '../errors';
import { FAILURE_TYPES } from '../failures';
import { logEvent } from '../log-events';
import { noteInWorkflow } from '../tracing/sandbox-note';
import { asFailure } from './failures';
import { sameArguments, type RememberedUpdate } from './message-memory';
import { fromPlain, toPlain, type RecordedOutcome } from './recorded-outcome';
import {
  keyedMessage,
  MEMO_FIELD,
  MESSAGES_PATCH,
  type Keyed,
  type MessageState,
} from './workflow-message-state';

/** What a repeat's arguments are compared with. */
type KnownArguments = Pick<RememberedUpdate, 'arguments'>;

type Command = ConcludeActivationInput['commands'][number];

/** An update whose handler runs. */
interface Running extends Keyed {
  readonly ended: Promise<unknown>;
}

/**
 * Remembers how keyed updates ended and answers their repeats with it. The outcome is taken from the command that
 * tells it and put into the command that repeats it: nothing is decoded between, and nothing waits.
 */
export class UpdateAnswers implements WorkflowInboundCallsInterceptor {
  /** Update id → the SDK's name for this delivery of it. */
  private readonly deliveries = new Map<string, string>();
  /** By delivery: those whose handler runs, and the key digests of those that are answered with another's outcome. */
  private readonly running = new Map<string, Running>();
  private readonly answering = new Map<string, string>();
  /** Outcomes of this activation: however big, whoever waits for them here gets them. */
  private readonly fresh = new Map<string, RecordedOutcome>();
  private handed = false;

  constructor(private readonly state: MessageState) {}

  activate(input: ActivateInput, next: Next<WorkflowInternalsInterceptor, 'activate'>): void {
    for (const { doUpdate } of input.activation.jobs ?? []) {
      if (doUpdate?.id != null && doUpdate.protocolInstanceId != null)
        this.deliveries.set(doUpdate.id, doUpdate.protocolInstanceId);
    }
    next(input);
  }

  /** A refusal by the validator leaves nothing in the history: what can be refused is refused here. */
  validateUpdate(input: UpdateInput, next: Next<WorkflowInboundCallsInterceptor, 'validateUpdate'>): void {
    let known: KnownArguments | undefined;
    try {
      const keyed = keyedMessage(input);
      known = keyed && this.known(keyed);
      if (keyed !== undefined && known !== undefined) refuseOtherArguments(keyed, known);
    } catch (error) {
      throw error instanceof HeaderVersionError ? asFailure(error) : error;
    }
    // Already accepted once: today's validator is not asked again.
    if (known === undefined) next(input);
  }

  handleUpdate(
    input: UpdateInput,
    next: Next<WorkflowInboundCallsInterceptor, 'handleUpdate'>,
  ): Promise<unknown> {
    try {
      const keyed = keyedMessage(input);
      if (keyed === undefined) return next(input);
      const known = this.known(keyed);
      if (known !== undefined && patched(MESSAGES_PATCH)) return this.answer(input, keyed, known);
      noteInWorkflow('update', keyed.key, 'delivered');
      const ended = next(input);
      const delivery = this.deliveries.get(input.updateId);
      if (delivery !== undefined) this.running.set(delivery, { ...keyed, ended });
      return ended;
    } catch (error) {
      // A HeaderVersionError fails the workflow task: the update waits for a worker that can read it.
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private known({ digest }: Keyed): KnownArguments | undefined {
    return (
      this.state.memory.update(digest) ?? [...this.running.values()].find((one) => one.digest === digest)
    );
  }

  private answer({ name, updateId }: UpdateInput, keyed: Keyed, known: KnownArguments): Promise<unknown> {
    refuseOtherArguments(keyed, known);
    logEvent(log, 'update_repeated', { update: name, key: keyed.key });
    metricMeter
      .createCounter('temporal_once_updates_answered', 'updates', 'Repeats that did not run')
      .add(1, { update: name });
    noteInWorkflow('update', keyed.key, 'answered');
    const delivery = this.deliveries.get(updateId) ?? updateId;
    this.answering.set(delivery, keyed.digest);
    const over = (): undefined => undefined;
    return 'ended' in known ? (known as Running).ended.then(over, over) : Promise.resolve();
  }

  /** Whether an outcome may come that there is nothing remembered of yet. */
  get pending(): boolean {
    return this.running.size > 0;
  }

  /** The memory of this run was put into the memo of the next. */
  handedOver(): void {
    this.handed = true;
  }

  concludeActivation(
    input: ConcludeActivationInput,
    next: Next<WorkflowInternalsInterceptor, 'concludeActivation'>,
  ): ConcludeActivationOutput {
    const commands = input.commands.map((command) => this.settle(command));
    this.fresh.clear();
    return next({ ...input, commands: this.handed ? commands.map((one) => this.handOver(one)) : commands });
  }

  private settle(command: Command): Command {
    const { updateResponse } = command;
    const delivery = updateResponse?.protocolInstanceId;
    if (updateResponse == null || delivery == null || updateResponse.accepted != null) return command;
    const { completed, rejected } = updateResponse;
    const keyed = this.running.get(delivery);
    const answered = this.answering.get(delivery);
    this.forget(delivery);
    if (keyed !== undefined) {
      const outcome = completed != null ? { completed: toPlain(completed) } : { rejected: toPlain(rejected) };
      this.fresh.set(keyed.digest, outcome);
      this.state.memory.finished(keyed.digest, keyed.arguments, outcome);
    }
    if (answered === undefined) return command;
    const outcome = this.fresh.get(answered) ?? this.state.memory.update(answered)?.outcome ?? NOT_KEPT;
    return {
      ...command,
      updateResponse: { protocolInstanceId: delivery, ...(fromPlain(outcome) as RecordedOutcome) } as never,
    };
  }

  private forget(delivery: string): void {
    this.running.delete(delivery);
    this.answering.delete(delivery);
    for (const [id, name] of this.deliveries) if (name === delivery) this.deliveries.delete(id);
  }

  /** Updates that ended after the workflow had asked to continue, and before the task was over. */
  private handOver(command: Command): Command {
    const { continueAsNewWorkflowExecution: continued } = command;
    const written = continued?.memo?.[MEMO_FIELD];
    if (continued == null || written == null) return command;
    const now = defaultPayloadConverter.toPayload(this.state.memory.carried());
    // Another converter wrote it: only that one can write it anew.
    if (encodingOf(written) !== encodingOf(now)) return command;
    const memo = { ...continued.memo, [MEMO_FIELD]: now };
    return { ...command, continueAsNewWorkflowExecution: { ...continued, memo } };
  }
}

function refuseOtherArguments(
  { key, arguments: given }: Keyed,
  { arguments: recorded }: KnownArguments,
): void {
  if (sameArguments(recorded, given)) return;
  noteInWorkflow('update', key, 'mismatch');
  throw failure(
    FAILURE_TYPES.fingerprintMismatch,
    `update ${key} came before with arguments of fingerprint ${recorded}, and now with ${given}. ` +
      'Choose a key that names the update fully, or set `fingerprint: false`.',
    { key, recorded, given },
  );
}

function failure(type: string, message: string, details: object): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true, details: [details] });
}

function encodingOf(payload: { readonly metadata?: Record<string, Uint8Array> | null | undefined }): string {
  return String(payload.metadata?.['encoding'] ?? '');
}

/** For a repeat whose outcome was too big, or gave way to newer ones. The failure as the default converter writes it. */
const NOT_KEPT: RecordedOutcome = {
  rejected: {
    message:
      'the update is done, but its outcome was not kept. It was not run again. Raise `carryBytes` with ' +
      '`rememberMessages`, or return a reference instead of the data.',
    source: 'TypeScriptSDK',
    applicationFailureInfo: { type: FAILURE_TYPES.resultNotKept, nonRetryable: true },
  },
};
