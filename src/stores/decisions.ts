import type { ClearReport, RecordView } from './store';

/** Decides by hand. What is done and its audit commit together. */
export interface Decisions {
  decide(decision: Decision): Promise<DecisionAnswer>;
}

/**
 * - `clear` frees a key whatever its state, exactly as {@link Store.clear} does.
 * - `rerun`, of an unknown outcome: the next caller runs the body. A vanished holder's steps are kept, those of a recorded failure
 *   are not.
 * - `reconcile`, of an unknown outcome: records what somebody found out.
 */
export type Decision = {
  readonly key: string;
  /** Of the record that was looked at: when there is another one by now, nothing is done. Undefined: whatever is there. */
  readonly fence: bigint | undefined;
  /** A person or a program, 1 to 200 characters. */
  readonly who: string;
  /** 1 to 1000 characters. */
  readonly why: string;
} & (
  { readonly action: 'clear' | 'rerun' } | { readonly action: 'reconcile'; readonly outcome: DecidedOutcome }
);

export interface DecidedOutcome {
  readonly state: 'completed' | 'failed';
  readonly payload: Uint8Array | undefined;
  readonly context: string | undefined;
  readonly retentionMs: number;
}

/** `changed`: another claim or outcome stands there by now. `known`: nothing about it is unknown. Nothing was written then. */
export type DecisionAnswer =
  | ({ readonly verdict: 'done' } & ClearReport)
  | { readonly verdict: 'changed' | 'known'; readonly previous: RecordView['state'] };
