/** What a Temporal server accepted as the end of one activity execution. */
export type AcceptedOutcome =
  | {
      readonly kind: 'completed';
      /** As the worker encoded it; undefined where it reported nothing (a void result of another SDK). */
      readonly payload: Uint8Array | undefined;
      /** Serialization context of that execution, as JSON. */
      readonly context: string;
    }
  | {
      readonly kind: 'failed';
      /** The failure as the worker encoded it. */
      readonly payload: Uint8Array;
      readonly context: string;
      readonly type: string | undefined;
      /** The failure's own flag. */
      readonly nonRetryable: boolean;
    }
  /** Not found, not reachable, not in time, still running, timed out, cancelled: nobody can tell. */
  | { readonly kind: 'unknown'; readonly why: string };

/**
 * Asks the server what became of a vanished holder, by the `detail` of its claim. Bounded in time and in pages.
 * Never rejects.
 */
export type AskServer = (
  holder: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<AcceptedOutcome>;
