import type { ClaimAnswer, ClaimRequest, SettleVerdict } from '../store';
import { claimAnswer, freshClaim, verdictOf } from './rows';

type Row = Record<string, unknown>;

/** What the rows of batch_v1 say; undefined where the record was in somebody's hand, ask again. */
export interface BatchAnswers {
  readonly claimed: (request: ClaimRequest) => ClaimAnswer | undefined;
  /** By its place among the settlements. */
  readonly settled: (ord: number) => SettleVerdict | undefined;
}

/** Reads the one row that nearly always is all, and those for what was known, or not done. */
export function batchAnswers(rows: readonly Row[]): BatchAnswers {
  const fences = new Map<string, string>();
  const known = new Map<unknown, Row>();
  const verdicts = new Map<unknown, Row>();
  let allSettled = false;
  for (const row of rows) {
    if (row['settled'] !== null) {
      allSettled = row['settled'] === true;
      pair(row['fresh_keys'] as string | null, row['fresh_fences'] as string | null, fences);
    } else if (row['ord'] !== null) verdicts.set(row['ord'], row);
    else known.set(row['key'], row);
  }
  return {
    claimed: (request) => {
      const fence = fences.get(request.key);
      if (fence !== undefined) return freshClaim(fence, request);
      const row = known.get(request.key);
      return row === undefined ? undefined : claimAnswer(row, request);
    },
    settled: (ord) => (allSettled ? 'done' : verdictOf(verdicts.get(ord))),
  };
}

function pair(keys: string | null, fences: string | null, into: Map<string, string>): void {
  if (keys === null || fences === null) return;
  const split = fences.split(',');
  keys.split('\n').forEach((key, n) => into.set(key, split[n] as string));
}
