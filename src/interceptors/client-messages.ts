import { AsyncLocalStorage } from 'node:async_hooks';
import type {
  Next,
  WorkflowClient,
  WorkflowClientInterceptor,
  WorkflowSignalInput,
  WorkflowSignalWithStartInput,
  WorkflowStartUpdateInput,
  WorkflowStartUpdateOutput,
  WorkflowStartUpdateWithStartInput,
  WorkflowStartUpdateWithStartOutput,
  WorkflowUpdateOptions,
} from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import { InvalidOptionError } from '../errors';
import { updateIdOf, type MessageKey } from '../key/message-key';
import { FAILURE_TYPES } from '../failures';
import { MessageDoorMissingError, SignalKeyMissingError } from '../message-errors';
import { noteOnSpan } from '../tracing/note';
import type { ClientHost } from './client';
import { sentKey, writeMessageHeader, type SentKey } from './message-header';
import { fingerprintsOf } from './recorded-start';

declare module '@temporalio/client' {
  interface WorkflowUpdateOptions {
    /** Derives the update id, and lets the workflow answer repeats after continue-as-new. See temporal-once, docs/messages.md. */
    idempotency?: MessageKey;
  }
  // eslint-disable-next-line @typescript-eslint/no-explicit-any, @typescript-eslint/no-unused-vars -- the SDK's own
  interface WorkflowSignalWithStartOptionsWithArgs<SignalArgs extends any[]> {
    /** Key of the signal, not of the start. See temporal-once, docs/messages.md. */
    signalIdempotency?: MessageKey;
  }
  // eslint-disable-next-line @typescript-eslint/no-explicit-any, @typescript-eslint/no-unused-vars -- the SDK's own
  interface WorkflowSignalWithStartOptionsWithoutArgs<SignalArgs extends any[]> {
    /** Key of the signal, not of the start. See temporal-once, docs/messages.md. */
    signalIdempotency?: MessageKey;
  }
}

export interface SignalOptions {
  /** Signals that a client with the plugin refuses to send without a key: all, or these names. Default: none. */
  readonly require?: true | readonly string[] | undefined;
}

/** A handle of a client that has the plugin. */
export interface SignalTarget {
  readonly client: WorkflowClient;
  signal<Args extends unknown[]>(signal: SignalDefinition<Args> | string, ...args: Args): Promise<void>;
}

/** The key of the signal that is being sent; taken by the first signal that passes the door. */
const sending = new AsyncLocalStorage<{ key: MessageKey | undefined }>();

/** @see OncePlugin.signal */
export async function sendSignal<Args extends unknown[]>(
  handle: SignalTarget,
  signal: SignalDefinition<Args> | string,
  key: MessageKey,
  args: Args,
): Promise<void> {
  const { interceptors } = handle.client.options;
  const doors: readonly unknown[] = Array.isArray(interceptors) ? interceptors : [];
  if (!doors.some((one) => one instanceof MessageDoor)) throw new MessageDoorMissingError('client');
  await sending.run({ key }, () => handle.signal(signal, ...args));
}

/** What a client does with keys of signals and updates: one header, and the id of an update. */
export class MessageDoor implements WorkflowClientInterceptor {
  constructor(private readonly host: ClientHost) {}

  async signal(input: WorkflowSignalInput, next: Next<WorkflowClientInterceptor, 'signal'>): Promise<void> {
    const store = sending.getStore();
    const given = store?.key;
    if (store !== undefined) store.key = undefined;
    const sent = this.signalKey(input.signalName, given, 'signal');
    if (sent === undefined) return next(input);
    await next({ ...input, headers: writeMessageHeader(input.headers, sent) });
    noteOnSpan({ door: 'signal', keys: [sent.key] }, 'sent');
  }

  async signalWithStart(
    input: WorkflowSignalWithStartInput,
    next: Next<WorkflowClientInterceptor, 'signalWithStart'>,
  ): Promise<string> {
    const { signalIdempotency, ...options } = input.options as typeof input.options & {
      readonly signalIdempotency?: MessageKey;
    };
    const sent = this.signalKey(input.signalName, signalIdempotency, 'signalIdempotency');
    if (sent === undefined) return next({ ...input, options });
    const runId = await next({ ...input, options, headers: writeMessageHeader(input.headers, sent) });
    noteOnSpan({ door: 'signal', keys: [sent.key] }, 'sent');
    return runId;
  }

  async startUpdate(
    input: WorkflowStartUpdateInput,
    next: Next<WorkflowClientInterceptor, 'startUpdate'>,
  ): Promise<WorkflowStartUpdateOutput> {
    const keyed = this.keyedUpdate(input.updateName, input.args, input.options);
    if (keyed === undefined) return next(input);
    const headers = writeMessageHeader(input.headers, keyed.sent);
    const output = await next({ ...input, options: keyed.options, headers });
    noteUpdate(keyed.sent, output.outcome);
    return output;
  }

  async startUpdateWithStart(
    input: WorkflowStartUpdateWithStartInput,
    next: Next<WorkflowClientInterceptor, 'startUpdateWithStart'>,
  ): Promise<WorkflowStartUpdateWithStartOutput> {
    const keyed = this.keyedUpdate(input.updateName, input.updateArgs, input.updateOptions);
    if (keyed === undefined) return next(input);
    const updateHeaders = writeMessageHeader(input.updateHeaders, keyed.sent);
    const output = await next({ ...input, updateOptions: keyed.options, updateHeaders });
    noteUpdate(keyed.sent, output.updateOutcome);
    return output;
  }

  private signalKey(signal: string, given: MessageKey | undefined, option: string): SentKey | undefined {
    if (given !== undefined) return sentKey(signal, given, this.host.hashKeys, option);
    const { require } = this.host.signals;
    const required = require === true ? !signal.startsWith('__temporal') : require?.includes(signal) === true;
    if (required) throw new SignalKeyMissingError(signal);
    return undefined;
  }

  private keyedUpdate(
    update: string,
    args: readonly unknown[],
    given: WorkflowUpdateOptions,
  ): { readonly sent: SentKey; readonly options: WorkflowUpdateOptions } | undefined {
    const { idempotency, ...options } = given;
    if (idempotency === undefined) return undefined;
    if (options.updateId !== undefined) {
      throw new InvalidOptionError(
        'updateId',
        'given beside `idempotency`',
        'Leave it out: the update id is made of the key',
      );
    }
    const sent = sentKey(update, idempotency, this.host.hashKeys, 'idempotency');
    const fingerprint = sent.noFingerprint === true ? undefined : this.fingerprint(update, args);
    return { sent, options: { ...options, updateId: updateIdOf(sent.key, fingerprint) } };
  }

  /** Of the arguments as the converter delivers them; an HMAC where the plugin has a secret. */
  private fingerprint(update: string, args: readonly unknown[]): string | undefined {
    const { namespace } = this.host;
    return fingerprintsOf(this.host.resolver(), args, {}, { type: update, namespace })[0];
  }
}

/** Other arguments under the key are refused by the workflow, and known here where the server's answer has the outcome. */
function noteUpdate({ key }: SentKey, outcome: WorkflowStartUpdateOutput['outcome']): void {
  const type = outcome?.failure?.applicationFailureInfo?.type;
  noteOnSpan(
    { door: 'update', keys: [key] },
    type === FAILURE_TYPES.fingerprintMismatch ? 'mismatch' : 'sent',
  );
}

export function messages(host: ClientHost): WorkflowClientInterceptor {
  return new MessageDoor(host);
}
