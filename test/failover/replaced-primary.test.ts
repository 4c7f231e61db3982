import { Pool } from 'pg';
import { migrate } from '../../src/stores/postgres/migrate';
import type { PgPool } from '../../src/stores/postgres/pool';
import { PostgresStore } from '../../src/stores/postgres/postgres-store';
import { assert } from '../helpers/assert';
import { need, randomName } from '../helpers/services';
import {
  ending,
  mustClaim,
  nameOf,
  newKey,
  releasing,
  renewing,
  request,
  type Held,
} from '../stores/subject';
import { ReplicatedPostgres } from './replicated-postgres';

/** Shorter than a service has: here it is known that no answer will come. */
const QUERY_TIMEOUT_MS = 1_000;

/**
 * A process keeps a connection to the old primary through a failover that it has seen nothing of, and uses it for what it was given on a
 * newer one. The old primary lives, and knows nothing of that claim.
 */
describe('[faults] a primary that was replaced and does not know it (G1, G2)', function () {
  this.timeout(120_000);
  let pair: ReplicatedPostgres;
  let schema: string;
  let old: Pool;
  let current: Pool;
  let successor: PostgresStore;
  before(async function () {
    need(this, 'ONCE_POSTGRES_BIN_DIR');
    pair = await ReplicatedPostgres.open({ synchronous: true });
    const poolAt = (whom: 'primary' | 'replica') => {
      const pool = new Pool({ connectionString: pair.urlOf(whom), query_timeout: QUERY_TIMEOUT_MS });
      pool.on('error', () => undefined);
      return pool;
    };
    schema = randomName('once_test');
    [old, current] = [poolAt('primary'), poolAt('replica')];
    await migrate(old, schema);
    await pair.promote();
    successor = storeOn(current);
  });
  after(async () => {
    await pair?.close();
    await Promise.all([old?.end(), current?.end()]);
  });

  const storeOn = (pool: PgPool) => new PostgresStore({ pool, schema, patienceMs: 10_000, ownsPool: false });

  /** A pool whose next connection is the old one, until that is given up; as a real one is when it was idle through the failover. */
  function mixed(): { readonly store: PostgresStore; readonly usedOld: () => number } {
    let given = 0;
    let isGivenUp = false;
    const query = async (text: string, values?: unknown[]) => {
      if (isGivenUp) return current.query(text, values);
      given++;
      try {
        return await old.query(text, values);
      } catch (error) {
        isGivenUp = true;
        throw error;
      }
    };
    const pool = { query, connect: () => current.connect(), end: () => Promise.resolve() } as PgPool;
    return { store: storeOn(pool), usedOld: () => given };
  }

  const claimed = async (): Promise<Held> => mustClaim(successor, request(newKey()));

  it('answers what only reads, as if nothing were', async () => {
    const { rows } = await old.query('SELECT pg_is_in_recovery() AS follows');
    assert.deepEqual(rows, [{ follows: false }]);
    const { key } = (await claimed()).request;
    assert.equal(await storeOn(old).lookup(key), undefined, 'what its successor gave it has not');
  });

  const settlements = [
    ['complete', (held: Held) => ending(held), 'completed'],
    ['renew', (held: Held) => renewing(held, 60_000), 'running'],
    ['release', releasing, undefined],
  ] as const;
  for (const [op, settlement, state] of settlements) {
    it(`tells nobody that a claim of its successor is lost: ${op}`, async () => {
      const held = await claimed();
      const { store, usedOld } = mixed();
      assert.equal(await store.settle(settlement(held)), 'done');
      assert.ok(usedOld() >= 2, 'it was asked, and once more');
      assert.equal((await successor.lookup(held.request.key))?.state, state);
    });
  }

  it('nor in a batch, nor where a step is read or recorded', async () => {
    const all = await Promise.all([claimed(), claimed(), claimed()]);
    const { store } = mixed();
    const verdicts = await Promise.all(all.map((held) => store.settle(ending(held))));
    assert.deepEqual(verdicts, ['done', 'done', 'done']);
    const held = await claimed();
    const name = nameOf(held);
    assert.equal((await mixed().store.steps(name)).kind, 'steps');
    const step = { ...name, name: 'charge', payload: Buffer.from('x'), context: undefined };
    assert.equal(await mixed().store.recordStep(step), 'done');
    const steps = await successor.steps(name);
    assert.ok(steps.kind === 'steps' && steps.steps.length === 1);
  });

  it('a claim that is lost is told so all the same, by who knows it', async () => {
    const held = await claimed();
    await successor.clear(held.request.key);
    assert.equal(await successor.settle(ending(held)), 'stale');
    assert.equal((await successor.steps(nameOf(held))).kind, 'stale');
  });
});
