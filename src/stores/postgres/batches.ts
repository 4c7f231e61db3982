import { Batcher } from '../batcher';
import type { Statement, StoreObserver } from '../observer';
import type { ClaimAnswer, ClaimRequest, Settlement, SettleVerdict } from '../store';
import { kindOf } from './failures';
import type { HotStatements } from './hot-statements';
import type { Patience } from './patience';
import type { PgPool } from './pool';
import { claimAnswer, verdictOf } from './rows';

/** Two statements on their way while this process prepares the next: measured, more gain nothing. */
const LANES = 2;
const MAX_BATCH = 32;

/** Claims and settlements of many calls, each kind in statements of its own. */
export class Batches {
  private readonly claims: Batcher<ClaimRequest, ClaimAnswer | undefined>;
  private readonly settlements: Batcher<Settlement, SettleVerdict | undefined>;

  /** @param observer asked at each statement: it may come later */
  constructor(
    private readonly pool: PgPool,
    private readonly statements: HotStatements,
    private readonly patience: Patience,
    private readonly observer: () => StoreObserver,
  ) {
    const blameItems = (error: unknown) => kindOf(error) === 'other';
    this.claims = new Batcher(
      (requests) => this.claimAll(requests),
      (request) => request.key,
      blameItems,
      MAX_BATCH,
      LANES,
    );
    this.settlements = new Batcher(
      (items) => this.settleAll(items),
      (item) => item.key,
      blameItems,
      MAX_BATCH,
      LANES,
    );
  }

  /** @returns undefined where the row was in somebody's hand */
  claim(request: ClaimRequest): Promise<ClaimAnswer | undefined> {
    return this.claims.add(request);
  }

  /** @returns undefined where the row was in somebody's hand */
  settle(settlement: Settlement): Promise<SettleVerdict | undefined> {
    return this.settlements.add(settlement);
  }

  private async claimAll(requests: readonly ClaimRequest[]): Promise<(ClaimAnswer | undefined)[]> {
    const { rows } = await this.timed('postgres_claim', requests.length, () =>
      this.statements.claim(this.pool, requests),
    );
    const answers = new Map(rows.map((row) => [row['key'], row]));
    return requests.map((request) => {
      const row = answers.get(request.key);
      return row === undefined ? undefined : claimAnswer(row, request);
    });
  }

  private async settleAll(items: readonly Settlement[]): Promise<(SettleVerdict | undefined)[]> {
    const { rows } = await this.timed('postgres_settle', items.length, () =>
      this.statements.settle(this.pool, items),
    );
    const verdicts = new Array<SettleVerdict | undefined>(items.length).fill(undefined);
    // A batch that was not settled whole answers for each item once more: what was done stays done.
    for (const row of rows) verdicts[row['ord'] as number] ??= verdictOf(row);
    return verdicts;
  }

  private async timed<Answer>(
    statement: Statement,
    calls: number,
    ask: () => Promise<Answer>,
  ): Promise<Answer> {
    const askedAtMs = performance.now();
    let ok = false;
    try {
      const answer = await this.patience.inTime(ask());
      ok = true;
      return answer;
    } finally {
      this.observer().ended(statement, calls, performance.now() - askedAtMs, ok);
    }
  }
}
