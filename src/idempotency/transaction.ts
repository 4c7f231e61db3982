import { TransactionError } from '../claim-errors';
import { takeClient, type PgPool } from '../stores/postgres/pool';
import type { Queryable } from '../stores/store';
import type { Transactional } from './call';

/**
 * Runs `run` inside one transaction of an ORM, and commits when it resolves: `run => db.transaction(tx => run(tx))`.
 * What it hands to `run` is handed on to the activity; it must have `query(text, params)` on the same
 * connection, or be given beside it: `run => orm.transaction(tx => run(tx, { query: (t, p) => tx.raw(t, p) }))`.
 */
export type TransactionAdapter<Tx> = <R>(run: (tx: Tx, query?: Queryable) => Promise<R>) => Promise<R>;

/** Statements that would end the transaction under our feet. */
const ENDS_TRANSACTION =
  /^\s*(?:--[^\n]*\n\s*|\/\*[\s\S]*?\*\/\s*)*(?:begin|start\s+transaction|commit|end|abort|prepare\s+transaction|rollback(?!\s+(?:work\s+|transaction\s+)?to\b))\b/i;

/** Transactions of the service's own pool: the same database by construction. */
export function onPool(pool: PgPool): Transactional {
  return async (body, fenceCheck) => {
    const client = await takeClient(pool);
    let broken = false;
    try {
      await client.query('BEGIN');
      const tx: Queryable = {
        query: (text, values) => {
          if (typeof text === 'string' && ENDS_TRANSACTION.test(text)) {
            throw new TransactionError(
              'a transactional activity tried to begin or end the transaction itself',
              'Leave BEGIN, COMMIT and ROLLBACK to the package; SAVEPOINT and ROLLBACK TO are fine',
            );
          }
          return client.query(text, values);
        },
      };
      const value = await body(tx);
      await fenceCheck(client, value);
      await client.query('COMMIT');
      return value;
    } catch (error) {
      // Where ROLLBACK can't be said, closing the connection says it.
      await client.query('ROLLBACK').catch(() => (broken = true));
      throw error;
    } finally {
      client.release(broken);
    }
  };
}

export function withAdapter<Tx>(adapter: TransactionAdapter<Tx>): Transactional {
  return (body, fenceCheck) => {
    let runs = 0;
    return adapter(async (tx, query) => {
      if (++runs > 1)
        throw new TransactionError(
          'the adapter ran the transaction twice',
          'Turn off automatic retries of the transaction: Temporal retries the activity',
        );
      const value = await body(tx);
      await fenceCheck(asQueryable(query ?? tx), value);
      return value;
    });
  };
}

function asQueryable(value: unknown): Queryable {
  const { query } = value as Partial<Queryable>;
  if (typeof query !== 'function') {
    throw new TransactionError(
      'the adapter gave nothing with `query(text, params)`',
      'Give it beside the transaction: run(tx, { query })',
    );
  }
  return {
    query: async (text, values) => {
      const result: unknown = await query.call(value, text, values);
      // Some libraries answer with the rows alone.
      return Array.isArray(result)
        ? { rows: result as Record<string, unknown>[] }
        : (result as { rows: Record<string, unknown>[] });
    },
  };
}
