import type { ClaimAnswer, RecordVerdict, Settlement, SettleVerdict } from '../../../src/stores/store';

/** One call and its answer, as a process wrote it down. Times: the monotonic clock of the machine, in ms. */
export type Entry = { readonly key: string; readonly before: number; readonly after: number } & (
  | {
      readonly is: 'claim';
      readonly nonce: string;
      readonly execution: string;
      readonly startOrder: number;
      readonly leaseMs: number;
      readonly kind: ClaimAnswer['kind'];
      readonly fence: string;
      /** Of an outcome. */
      readonly payload?: string | undefined;
    }
  | {
      readonly is: 'settle';
      readonly op: Settlement['op'];
      readonly fence: string;
      readonly verdict: SettleVerdict;
      /** Of the lease, or of the retention; 0 for a release. */
      readonly forMs: number;
      readonly payload?: string | undefined;
    }
  | {
      readonly is: 'clear';
      readonly fence: string;
      /** Asked for and not answered: it may have been done, or not. */
      readonly unsure?: boolean;
    }
  | {
      readonly is: 'record';
      readonly verdict: RecordVerdict;
      readonly payload: string;
      readonly retentionMs: number;
    }
);

export type Claim = Extract<Entry, { is: 'claim' }>;
export type Settle = Extract<Entry, { is: 'settle' }>;
export type Clear = Extract<Entry, { is: 'clear' }>;
