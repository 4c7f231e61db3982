/**
 * Which run of a workflow was started under a key: the contract in words, held by `test/stores/contract-starts.ts`.
 *
 *   none ──started──▶ open ──completed──▶ completed ──retention ends──▶ none
 *                      │ ▲───started────┐
 *                      ├─ended──▶ ended ┘   (a run that failed, was cancelled or terminated: the next start is clean)
 *                      └─lost──▶ lost ──retention ends──▶ none
 *   any ──clear of the key──▶ none
 *
 * - One run a key. Another run takes an open one's place only when it is said to follow it.
 * - The outcome of a completed run becomes the record of its key in the same transaction, so it is looked up and cleared
 *   like any other. A run that was cleared records nothing.
 * - A run is found by the run that was started and by the latest known to follow it (continue-as-new, retries).
 * - What is lost (the server no longer knows the run) may still complete: whoever saw its end records it.
 */
export interface StartStore {
  /** Writes what the server answered to a start, in one statement. Repeating it changes nothing. */
  started(start: StartToRecord): Promise<StartVerdict>;
  /** What stands under each of the keys, in one statement; keys with nothing are left out. */
  standing(keys: readonly string[]): Promise<readonly StartView[]>;
  /** The start of a run, with its outcome; without a run id the one that stands. A cleared one is not found. */
  find(run: WorkflowRun): Promise<FoundStart | undefined>;
  /**
   * Writes what became of an open (or lost) run.
   * @returns the key; undefined when nothing was open there, or a claim is live under the key
   */
  ended(run: WorkflowRun, end: StartEnd): Promise<string | undefined>;
  /** Open starts of a namespace that are due to be looked at, longest due first. */
  due(namespace: string, max: number): Promise<readonly StartView[]>;
}

export interface WorkflowRun {
  readonly namespace: string;
  readonly workflowId: string;
  readonly runId: string | undefined;
}

export interface StartToRecord {
  readonly key: string;
  readonly namespace: string;
  readonly workflowId: string;
  /** The run the server answered with. */
  readonly runId: string;
  /** The type in the key, e.g. `workflow:order`. */
  readonly type: string;
  readonly fingerprint: string | undefined;
  /** How long the outcome answers, from the moment it is recorded. */
  readonly retentionMs: number;
  /** In plain, for operators; the outcome takes it along. */
  readonly label?: string | undefined;
  /** An open run that this one is known to have followed. */
  readonly replaces: string | undefined;
}

/** `other`: another run stands there, and nothing was written. */
export type StartVerdict = { readonly kind: 'recorded' } | { readonly kind: 'other'; readonly runId: string };

export type StartState = 'open' | 'completed' | 'ended' | 'lost';

export interface StartView {
  readonly key: string;
  readonly state: StartState;
  /** Undefined for an outcome that was recorded without a run. */
  readonly run: StartedRun | undefined;
  /** Of the outcome, else of the start. */
  readonly fingerprint: string | undefined;
}

export interface StartedRun {
  readonly namespace: string;
  readonly workflowId: string;
  /** The run that was started. */
  readonly runId: string;
  /** The latest run known to have followed it; the same when none has. */
  readonly lastRunId: string;
  readonly startedAt: Date;
  readonly ageMs: number;
}

export interface FoundStart extends StartView {
  /** Encoded result of a completed one; undefined when it was too big or impossible to keep. */
  readonly payload: Uint8Array | undefined;
}

export type StartEnd =
  | {
      readonly kind: 'completed';
      readonly payload: Uint8Array | undefined;
      /** Serialization context of the payload, as JSON. */
      readonly context: string;
    }
  /** Failed, timed out, cancelled or terminated, and nothing follows. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'lost' }
  /** Another run goes on in its place. */
  | { readonly kind: 'followed'; readonly nextRunId: string }
  /** To be looked at again. */
  | { readonly kind: 'running'; readonly lookAgainMs: number };
