import type { LogEvent } from '../log-events';
import type { AskServer } from '../temporal/accepted-outcome';
import type { Owner } from '../stores/store';
import type { OutcomeCodec } from './codec';
import type { Fingerprints } from './fingerprints';
import type { OnUnknownOutcome } from './reconcile';

/** What a caller does when it meets a live claim. */
export type WhenRunning = 'wait' | 'retry' | 'fail';

/** One call, with everything settled that the engine needs to decide. */
export interface Call {
  readonly type: string;
  /** Where it came in: `activity`, `local-activity`, `standalone-activity`, `service`. */
  readonly door: string;
  /** The key in each form, current first: one or two. */
  readonly keys: readonly string[];
  readonly fingerprints: Fingerprints;
  readonly owner: Owner;
  /** False when only the execution itself can ever ask again: no cache is asked or filled. */
  readonly shared: boolean;
  readonly whenRunning: WhenRunning;
  readonly retentionMs: number;
  readonly errorRetentionMs: number;
  /** Error types recorded as outcomes besides those that say themselves that they are not retryable. */
  readonly cacheErrors: readonly string[];
  /** What to do where a holder vanished, unless the server knows its outcome. */
  readonly onUnknownOutcome: OnUnknownOutcome<readonly unknown[]>;
  /** Handed to that function and to nothing else. */
  readonly args?: readonly unknown[] | undefined;
  /** Asks the Temporal server what it accepted of a vanished holder; undefined where there is no client. */
  readonly askServer?: AskServer | undefined;
  /** In plain, for operators to find it by. */
  readonly label?: string | undefined;
  readonly codec: OutcomeCodec;
  readonly onStoreUnavailable: 'fail' | 'proceed';
  /** Cancels waiting, and is handed on to the body. */
  readonly signal?: AbortSignal | undefined;
  /** Monotonic instant by which the caller must have an answer. */
  readonly waitUntilMs: number;
  /** Monotonic instant after which a body that waited too long is not begun (20 % of the attempt). */
  readonly beginUntilMs: number;
  /** Monotonic instant after which the claim is not renewed (the attempt's own deadline); Infinity when there is none. */
  readonly hardEndMs: number;
  /** How long after it was won the claim is not renewed any more; Infinity inside Temporal. */
  readonly maxHoldMs: number;
  /** A lock: whatever the body does, the claim is released and no outcome recorded. */
  readonly recordsNothing?: boolean;
  /** Called while waiting, at least every `waitTickMs`, e.g. to heartbeat. */
  readonly onWaitTick?: () => void;
  readonly waitTickMs: number;
  /** Names the attempt to the server; only where somebody else could complete it. */
  readonly taskToken?: Uint8Array;
  /** Whether an error means that somebody else will complete the operation later. */
  readonly isHandOver?: (error: unknown) => boolean;
  /** Asked when `signal` aborts: whether the server says that the attempt is over, so that nobody waits for it. */
  readonly isAttemptOver?: () => boolean;
  /** Commits effect and outcome together; see transaction.ts. */
  readonly transactional?: Transactional;
  readonly log: CallLog;
}

/** Where the engine says what a person should know. Never given an argument or a result. */
export type CallLog = (event: LogEvent, attributes: Readonly<Record<string, unknown>>) => void;

/** Of calls that nobody logs for. */
export const NOBODY_LISTENS: CallLog = () => undefined;

/** Runs the body inside a database transaction whose last statement is `fenceCheck`. */
export type Transactional = <T>(
  body: (tx: unknown) => Promise<T>,
  fenceCheck: (tx: unknown, value: T) => Promise<void>,
) => Promise<T>;
