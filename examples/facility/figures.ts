import type { Pool } from 'pg';
import { KINDS, type Kind, type Operation } from './operations';
import type { Answer } from './load';

export interface KindFigures {
  readonly kind: Kind;
  readonly operations: number;
  readonly effects: number;
  readonly duplicates: number;
  /** Bodies that were told an earlier holder of their claim had vanished. */
  readonly reruns: number;
}

export interface Figures {
  readonly starts: number;
  readonly kills: number;
  readonly bodies: number;
  readonly missing: number;
  /** Operations whose starts did not all get the same answer. */
  readonly disagreeing: number;
  readonly kinds: readonly KindFigures[];
}

/** Everything here is counted from the tables, and from the answers the workflows gave. */
export async function countFigures(
  pool: Pool,
  schema: string,
  operations: readonly Operation[],
  answers: readonly Answer[],
): Promise<Figures> {
  const effects = await pool.query<{ operation: string; kind: Kind; effects: number }>(
    `SELECT operation, kind, count(*)::integer AS effects FROM ${schema}.effects GROUP BY operation, kind`,
  );
  const events = await pool.query<{ kills: number; bodies: number }>(
    `SELECT count(*) FILTER (WHERE what = 'killed')::integer AS kills,
            count(*) FILTER (WHERE what = 'began')::integer AS bodies FROM ${schema}.events`,
  );
  const reruns = await pool.query<{ kind: Kind; reruns: number }>(
    `SELECT kind, count(*)::integer AS reruns FROM ${schema}.events WHERE run > 1 GROUP BY kind`,
  );
  const had = new Set(effects.rows.map(({ operation }) => operation));
  return {
    starts: answers.length,
    kills: events.rows[0]?.kills ?? 0,
    bodies: events.rows[0]?.bodies ?? 0,
    missing: operations.filter(({ id }) => !had.has(id)).length,
    disagreeing: countDisagreeing(answers),
    kinds: KINDS.map(({ kind }) => {
      const rows = effects.rows.filter((row) => row.kind === kind);
      const total = rows.reduce((sum, row) => sum + row.effects, 0);
      return {
        kind,
        operations: operations.filter((operation) => operation.kind === kind).length,
        effects: total,
        duplicates: total - rows.length,
        reruns: reruns.rows.find((row) => row.kind === kind)?.reruns ?? 0,
      };
    }),
  };
}

export function sum(figures: Figures, what: 'operations' | 'effects' | 'duplicates' | 'reruns'): number {
  return figures.kinds.reduce((total, kind) => total + kind[what], 0);
}

function countDisagreeing(answers: readonly Answer[]): number {
  const receipts = new Map<string, Set<string>>();
  for (const { operation, receipt } of answers) {
    const seen = receipts.get(operation.id) ?? new Set();
    receipts.set(operation.id, seen.add(receipt.effect));
  }
  return [...receipts.values()].filter(({ size }) => size > 1).length;
}
