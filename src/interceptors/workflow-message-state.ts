import { AsyncLocalStorage, workflowInfo, type SignalInput } from '@temporalio/workflow';
import { argumentsDigest, messageDigest } from '../key/message-key';
import { readMessageKey, type SentKey } from './message-header';
import { MessageMemory } from './message-memory';

/** Field of the memo in which a run hands its memory to the next: encoded by converter and codec, as headers are not. */
export const MEMO_FIELD = '__temporal_once_messages';

/**
 * Its marker is recorded when the first repeat of a run is dropped or answered, and never else. Without it a replay
 * does what was done: histories from before this package, or without repeats, stay as they are.
 */
export const MESSAGES_PATCH = 'temporal-once:messages';

/** Where the state of a run stands in its sandbox, for functions that workflow code calls. */
const PLACE = '__temporal_once_messages';
type Sandbox = typeof globalThis & { [PLACE]?: MessageState };

/** A message that arrived with a key. */
export interface Keyed {
  readonly key: string;
  readonly digest: string;
  /** Digest of its arguments; '' when there is nothing to compare. */
  readonly arguments: string;
}

/** @throws HeaderVersionError for a header of a newer version. */
export function keyedMessage({ headers, args }: Pick<SignalInput, 'headers' | 'args'>): Keyed | undefined {
  const sent = readMessageKey(headers);
  if (sent === undefined) return undefined;
  const { key, noFingerprint } = sent;
  return { key, digest: messageDigest(key), arguments: noFingerprint === true ? '' : argumentsDigest(args) };
}

/** What is known of the messages of one workflow run. */
export class MessageState {
  /** The key of the signal that is being sent by `signalOnce`. */
  readonly sending = new AsyncLocalStorage<SentKey>();
  /** Signals that a person expects to have keys. */
  expectKeys: true | ReadonlySet<string> = new Set();
  /** The memo this run was started with: what the next one gets when nobody says otherwise. */
  private startMemo: Record<string, unknown> | undefined;
  private loaded: MessageMemory | undefined;

  constructor(readonly hashKeys: boolean) {
    // Not in a variable of the module: preloaded modules are shared by the workflows of a reused V8 context.
    Object.defineProperty(globalThis, PLACE, { value: this, configurable: true, enumerable: false });
  }

  /** Of the run that asks; undefined where the plugin is not in the bundle. */
  static current(): MessageState | undefined {
    return (globalThis as Sandbox)[PLACE];
  }

  /** @throws HeaderVersionError when the run before was on a newer version: fails the workflow task, until a newer worker takes it. */
  get memory(): MessageMemory {
    return (this.loaded ??= new MessageMemory(workflowInfo().memo?.[MEMO_FIELD]));
  }

  started(): void {
    this.startMemo = workflowInfo().memo ?? {};
  }

  /** The memo for the next run. SDK Core fills in the memo of the start where none, or an empty one, is given. */
  nextMemo(
    given: Record<string, unknown> | undefined,
    pending: boolean,
  ): Record<string, unknown> | undefined {
    const filled = given !== undefined && Object.keys(given).length > 0 ? given : (this.startMemo ?? {});
    if (this.memory.empty && !pending && !(MEMO_FIELD in filled)) return given;
    return { ...filled, [MEMO_FIELD]: this.memory.carried() };
  }
}
