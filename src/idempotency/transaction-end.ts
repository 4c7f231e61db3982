import { StaleClaimError, TransactionError } from '../claim-errors';
import { canSettleWithin, type Queryable } from '../stores/store';
import type { Call, Transactional } from './call';
import { runUnderClaim, type CurrentClaim } from './claim-context';
import type { Completion } from './completion';
import { STEPS_IN_TRANSACTION } from './claim-steps';
import type { Body, Engine } from './engine';
import type { HeldClaim } from './held-claim';

/**
 * Effect and outcome in one transaction. Its last statement is the compare-and-set on the fence: if the claim
 * is no longer ours nothing commits. A commit whose reply was lost is looked up, never guessed.
 */
export async function completeInTransaction<T>(
  engine: Engine,
  call: Call,
  transactional: Transactional,
  held: HeldClaim,
  claim: CurrentClaim,
  body: Body<T>,
  completionOf: (value: unknown) => Promise<Completion>,
): Promise<{ value: T; settlement: Completion }> {
  const { store } = engine;
  if (!canSettleWithin(store)) {
    throw new TransactionError('this store has no transactions', 'Use Postgres for transactional activities');
  }
  let done: { value: T; settlement: Completion } | undefined;
  const askedAtMs = performance.now();
  try {
    await transactional(
      (tx) => runUnderClaim(claim, STEPS_IN_TRANSACTION, () => body(claim, tx)),
      async (tx, value) => {
        const settlement = await completionOf(value);
        for (const row of held.settlements(settlement)) {
          const verdict = await store.settleWithin(tx as Queryable, row);
          if (verdict === 'stale')
            throw new StaleClaimError(
              row.key,
              row.fence,
              'it was taken over or cleared; the transaction is rolled back',
            );
        }
        done = { value: value, settlement };
      },
    );
  } catch (error) {
    // Before the fence check nothing can have committed. After it, only the database knows.
    if (done === undefined || !(await hasCommitted(engine, held, done.settlement))) throw error;
  }
  if (done === undefined) {
    throw new TransactionError(
      'the transaction ended without the fence check',
      'An adapter must run the function it is given, once, inside the transaction',
    );
  }
  for (const row of held.settlements(done.settlement)) store.settled(row, askedAtMs);
  engine.count(call, done.settlement.payload === undefined ? 'not_kept' : 'first');
  return done;
}

/**
 * Settles the doubt after a commit without a reply. Releasing needs the row lock, so it can't answer before
 * that transaction is over: a release that succeeds proves that it did not commit.
 */
async function hasCommitted(engine: Engine, held: HeldClaim, completion: Completion): Promise<boolean> {
  if ((await held.settle({ op: 'release' })) === 'done') return false;
  return (await held.settle(completion)) === 'done';
}
