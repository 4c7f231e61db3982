import { Batcher } from '../batcher';
import { youngList } from '../young';
import type { Statement, StoreObserver } from '../observer';
import type { ClaimAnswer, ClaimRequest, Settlement, SettleVerdict } from '../store';
import { batchAnswers } from './batch-rows';
import { kindOf } from './failures';
import type { HotStatements } from './hot-statements';
import type { Patience } from './patience';
import type { PgPool } from './pool';
import { claimAnswer, verdictOf } from './rows';

/** Two statements on their way while this process prepares the next: measured, more gain nothing. */
const LANES = 2;
/** With 64 operations under way each of the two has half: measured, larger ones keep the other lane waiting. */
const MAX_BATCH = 32;

type Item = Claiming | Settling;

/** A class: see young.ts. */
class Claiming {
  readonly settlement = undefined;
  constructor(readonly claim: ClaimRequest) {}
}

class Settling {
  readonly claim = undefined;
  constructor(readonly settlement: Settlement) {}
}

/** Undefined where the row was in somebody's hand. */
type Answer = ClaimAnswer | SettleVerdict | undefined;

/** Claims and settlements of many calls, both kinds in one statement and one commit. */
export class Batches {
  private readonly batcher: Batcher<Item, Answer>;

  /** @param observer asked at each statement: it may come later */
  constructor(
    private readonly pool: PgPool,
    private readonly statements: HotStatements,
    private readonly patience: Patience,
    private readonly observer: () => StoreObserver,
  ) {
    this.batcher = new Batcher(
      (items) => this.send(items),
      ({ claim, settlement }) => (claim ?? settlement).key,
      (error) => kindOf(error) === 'other',
      MAX_BATCH,
      LANES,
    );
  }

  /** @returns undefined where the row was in somebody's hand */
  claim(claim: ClaimRequest): Promise<ClaimAnswer | undefined> {
    return this.batcher.add(new Claiming(claim)) as Promise<ClaimAnswer | undefined>;
  }

  /** @returns undefined where the row was in somebody's hand */
  settle(settlement: Settlement): Promise<SettleVerdict | undefined> {
    return this.batcher.add(new Settling(settlement)) as Promise<SettleVerdict | undefined>;
  }

  private async send(items: readonly Item[]): Promise<readonly Answer[]> {
    const claims = youngList<ClaimRequest>();
    const settlements = youngList<Settlement>();
    for (const { claim, settlement } of items) {
      if (claim === undefined) settlements.push(settlement);
      else claims.push(claim);
    }
    const askedAtMs = performance.now();
    let ok = false;
    try {
      const answers = await this.patience.inTime(
        items.length === 1 ? this.one(items[0] as Item) : this.all(items, claims, settlements),
      );
      ok = true;
      return answers.includes('stale') ? await this.confirmed(items, answers) : answers;
    } finally {
      const tell = (statement: Statement, { length }: { readonly length: number }): void => {
        if (length > 0) this.observer().ended(statement, length, performance.now() - askedAtMs, ok);
      };
      tell('postgres_claim', claims);
      tell('postgres_settle', settlements);
    }
  }

  /** Asks once more, committing, about the claims that are said to be lost: see committed.ts. */
  private async confirmed(items: readonly Item[], answers: readonly Answer[]): Promise<Answer[]> {
    const sure = [...answers];
    for (const [at, { settlement }] of items.entries()) {
      if (settlement === undefined || sure[at] !== 'stale') continue;
      const asking = this.statements.settleCommitting(this.pool, settlement);
      sure[at] = verdictOf((await this.patience.inTime(asking)).rows[0]);
    }
    return sure;
  }

  private async one({ claim, settlement }: Item): Promise<Answer[]> {
    const { pool, statements } = this;
    if (claim === undefined) return [verdictOf((await statements.settle(pool, settlement)).rows[0])];
    const [row] = (await statements.claim(pool, claim)).rows;
    return [row === undefined ? undefined : claimAnswer(row, claim)];
  }

  private async all(
    items: readonly Item[],
    claims: readonly ClaimRequest[],
    settlements: readonly Settlement[],
  ): Promise<Answer[]> {
    const { rows } = await this.statements.batch(this.pool, claims, settlements);
    const { claimed, settled } = batchAnswers(rows);
    let ord = 0;
    return items.map(({ claim }) => (claim === undefined ? settled(ord++) : claimed(claim)));
  }
}
