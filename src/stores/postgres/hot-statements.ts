import type { ClaimRequest, Queryable, Settlement } from '../store';
import { youngList } from '../young';
import { claimInput, loneClaim } from './claim-input';
import { COMMITS } from './committed';
import { queryAs, takeClient, type PgPool, type PgStatement } from './pool';
import { loneSettlement, settleInput } from './settle-input';

type Answer = ReturnType<Queryable['query']>;

type HotFunction = 'claim_one_v1' | 'settle_one_v1' | 'batch_v1';

/**
 * The statements that every operation sends, alone or in a batch. A connection that leads straight to the server keeps them
 * prepared; behind a pooler a name may meet another server connection, so there they go without one.
 */
export class HotStatements {
  private named = false;
  private readonly texts: Readonly<Record<HotFunction, string>>;

  constructor(private readonly schema: string) {
    this.texts = {
      claim_one_v1: `SELECT * FROM "${schema}".claim_one_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      settle_one_v1: `SELECT "${schema}".settle_one_v1($1, $2, $3, $4, $5, $6, $7) AS verdict`,
      batch_v1: `SELECT * FROM "${schema}".batch_v1($1, $2, $3)`,
    };
  }

  /** A lone claim: one row, or none where the record was in somebody's hand. */
  claim(pool: PgPool, request: ClaimRequest): Answer {
    return this.send(pool, 'claim_one_v1', loneClaim(request));
  }

  /** A lone settlement: one row with its `verdict`. */
  settle(pool: PgPool, item: Settlement): Answer {
    return this.send(pool, 'settle_one_v1', loneSettlement(item));
  }

  /** The same, and it commits in any case. */
  settleCommitting(pool: PgPool, item: Settlement): Answer {
    const text = `${this.texts.settle_one_v1}, ${COMMITS} AS committed`;
    return pool.query(text, loneSettlement(item));
  }

  /** Both kinds in one commit: rows of batch_v1. */
  batch(pool: PgPool, requests: readonly ClaimRequest[], items: readonly Settlement[]): Answer {
    const claims = requests.length === 0 ? null : JSON.stringify(requests.map(claimInput));
    const [settlements, payloads] = items.length === 0 ? [null, null] : settleInput(items);
    return this.send(pool, 'batch_v1', youngList<unknown>(claims, settlements, payloads));
  }

  /** A lone settlement on a connection of the caller's, of which nothing is known but that it can query. */
  settleWithin(db: Queryable, item: Settlement): Answer {
    return db.query(this.texts.settle_one_v1, loneSettlement(item));
  }

  /**
   * Names are used where the server process that answers is the one that greeted: a pooler greets by itself,
   * with a number of its own.
   */
  async prepareWhereSafe(pool: PgPool): Promise<void> {
    const client = await takeClient(pool);
    try {
      const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
      this.named = typeof client.processID === 'number' && rows[0]?.['pid'] === client.processID;
    } finally {
      client.release();
    }
  }

  private async send(pool: PgPool, hot: HotFunction, values: unknown[]): Answer {
    const text = this.texts[hot];
    if (!this.named) return pool.query(text, values);
    try {
      const name = `${this.schema}.${hot}`;
      return await queryAs(pool, new Named(name, text, values));
    } catch (error) {
      // A pooler came in between since the start: from now on without names. Whoever asked asks again.
      if (isNameTrouble(error)) this.named = false;
      throw error;
    }
  }
}

/** A class: see young.ts. */
class Named implements PgStatement {
  constructor(
    readonly name: string,
    readonly text: string,
    readonly values: unknown[],
  ) {}
}

/** SQLSTATE invalid_sql_statement_name, duplicate_prepared_statement; both transient, see failures.ts. */
const NAME_TROUBLE: readonly unknown[] = ['26000', '42P05'];

function isNameTrouble(error: unknown): boolean {
  return error instanceof Error && NAME_TROUBLE.includes((error as { code?: unknown }).code);
}
