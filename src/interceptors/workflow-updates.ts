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
import { argumentsDigest, messageDigest } from '../key/message-key';
import { readMessageKey } from './message-header';
import { sameArguments, type RememberedUpdate } from './message-memory';
import { fromPlain, toPlain, type RecordedOutcome } from './recorded-outcome';
import { MEMO_FIELD, MESSAGES_PATCH, type MessageState } from './workflow-message-state';

type Command = ConcludeActivationInput['commands'][number];

interface Keyed {
  readonly key: string;
  readonly digest: string;
  readonly arguments: string;
}

/**
 * Remembers how keyed updates ended and answers their repeats with it. The outcome is taken from the command that
 * tells it and put into the command that repeats it: nothing is decoded between, and nothing waits.
 */
export class UpdateAnswers implements WorkflowInboundCallsInterceptor {
  /** Update id → the SDK's name for this delivery of it. */
  private readonly deliveries = new Map<string, string>();
  /** Deliveries whose handler runs, and those that are answered. */
  private readonly running = new Map<string, Keyed>();
  private readonly answering = new Map<string, RecordedOutcome>();
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
    let known: RememberedUpdate | undefined;
    try {
      const keyed = keyOf(input);
      known = keyed && this.state.memory.update(keyed.digest);
      if (keyed !== undefined && known !== undefined) refuseOtherArguments(keyed, known);
    } catch (error) {
      throw asRefusal(error);
    }
    // Already accepted once: today's validator is not asked again.
    if (known === undefined) next(input);
  }

  handleUpdate(
    input: UpdateInput,
    next: Next<WorkflowInboundCallsInterceptor, 'handleUpdate'>,
  ): Promise<unknown> {
    try {
      const keyed = keyOf(input);
      if (keyed === undefined) return next(input);
      const known = this.state.memory.update(keyed.digest);
      if (known === undefined || !patched(MESSAGES_PATCH)) {
        const delivery = this.deliveries.get(input.updateId);
        if (delivery !== undefined) this.running.set(delivery, keyed);
        return next(input);
      }
      return Promise.resolve(this.answer(input, keyed, known));
    } catch (error) {
      // A HeaderVersionError fails the workflow task: the update waits for a worker that can read it.
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private answer({ name, updateId }: UpdateInput, keyed: Keyed, known: RememberedUpdate): undefined {
    refuseOtherArguments(keyed, known);
    log.info('temporal-once: a repeated update was answered', { update: name, key: keyed.key });
    metricMeter
      .createCounter('temporal_once_updates_answered', 'updates', 'Repeats that were answered from memory')
      .add(1, { update: name });
    const delivery = this.deliveries.get(updateId);
    if (known.outcome === undefined || delivery === undefined) {
      throw failure(
        FAILURE_TYPES.resultNotKept,
        `update ${keyed.key} is done, but its outcome was not kept. It was not run again. Raise \`carryBytes\` with ` +
          '`rememberMessages`, or return a reference instead of the data.',
        { key: keyed.key },
      );
    }
    this.answering.set(delivery, known.outcome);
    return undefined;
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
    return next({ ...input, commands: this.handed ? commands.map((one) => this.handOver(one)) : commands });
  }

  private settle(command: Command): Command {
    const { updateResponse } = command;
    const delivery = updateResponse?.protocolInstanceId;
    if (updateResponse == null || delivery == null || updateResponse.accepted != null) return command;
    const { completed, rejected } = updateResponse;
    const keyed = this.running.get(delivery);
    const answer = this.answering.get(delivery);
    this.forget(delivery);
    if (keyed !== undefined) {
      const outcome = completed != null ? { completed: toPlain(completed) } : { rejected: toPlain(rejected) };
      this.state.memory.finished(keyed.digest, keyed.arguments, outcome);
    }
    if (answer === undefined) return command;
    return {
      ...command,
      updateResponse: { protocolInstanceId: delivery, ...(fromPlain(answer) as RecordedOutcome) } as never,
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

function keyOf({ headers, args }: UpdateInput): Keyed | undefined {
  const key = readMessageKey(headers);
  return key === undefined
    ? undefined
    : { key, digest: messageDigest(key), arguments: argumentsDigest(args) };
}

function refuseOtherArguments(
  { key, arguments: given }: Keyed,
  { arguments: recorded }: RememberedUpdate,
): void {
  if (sameArguments(recorded, given)) return;
  throw failure(
    FAILURE_TYPES.fingerprintMismatch,
    `update ${key} was done with arguments of fingerprint ${recorded}, but came with ${given}. ` +
      'Choose a key that names the update fully.',
    { key, recorded, given },
  );
}

function failure(type: string, message: string, details: object): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true, details: [details] });
}

function asRefusal(error: unknown): unknown {
  if (!(error instanceof HeaderVersionError)) return error;
  const { message, code } = error;
  return ApplicationFailure.create({
    type: FAILURE_TYPES.headerVersion,
    message,
    details: [{ code }],
    cause: error,
  });
}

function encodingOf(payload: { readonly metadata?: Record<string, Uint8Array> | null | undefined }): string {
  return String(payload.metadata?.['encoding'] ?? '');
}
