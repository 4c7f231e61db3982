import type { Decision, DecisionAnswer } from '../decisions';
import type { Query } from './pool';
import { stateOf } from './rows';

/** Decisions by hand in Postgres, through decide_v1. `cache`: prefix of a cache that is to be told. */
export async function decideIn(
  query: Query,
  schema: string,
  decision: Decision,
  cache: string | undefined,
): Promise<DecisionAnswer> {
  const { key, fence, who, why, action } = decision;
  const outcome = decision.action === 'reconcile' ? decision.outcome : undefined;
  const { rows } = await query(
    'decide',
    `SELECT verdict, fence, state FROM "${schema}".decide_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      action,
      key,
      fence?.toString() ?? null,
      cache ?? null,
      who,
      why,
      outcome === undefined ? null : outcome.state === 'completed' ? 'complete' : 'fail',
      outcome?.payload === undefined ? null : Buffer.from(outcome.payload),
      outcome?.context ?? null,
      outcome === undefined ? null : Math.round(outcome.retentionMs),
    ],
  );
  const row = rows[0] as { verdict: DecisionAnswer['verdict']; fence: string | null; state: number | null };
  const previous = stateOf(row.state ?? 0);
  if (row.verdict !== 'done') return { verdict: row.verdict, previous };
  const told = { cache: 'none', cacheMaxAgeMs: 0, pending: false } as const;
  return { verdict: 'done', previous, fence: BigInt(row.fence ?? 0), ...told };
}
