import { randomUUID } from 'node:crypto';
import { types, type PoolClient } from 'pg';
import type { ClaimName } from '../../src/stores/store';
import { assert } from '../helpers/assert';
import { need, openPool } from '../helpers/services';
import { newPostgresStore, openPostgresSubject, type PostgresSubject } from './open';
import { ending, mustClaim, mustSettle, nameOf, newKey, releasing, request, type Held } from './subject';

const INT8: number = types.builtins.INT8;

describe('[edge] postgres: steps', () => {
  let subject: PostgresSubject;
  before(async function () {
    need(this, 'DATABASE_URL');
    // Whoever waits where it should pass over is found out, instead of waiting for ever.
    subject = await openPostgresSubject({ lock_timeout: 2_000 }, { patienceMs: 2_000 });
  });
  after(() => subject?.close());

  const payload = Buffer.from('x');
  const write = (claim: ClaimName, name = 'one') =>
    subject.store.recordStep({ ...claim, name, payload, context: undefined });

  async function claimWithStep(key = newKey(), change: Parameters<typeof request>[1] = {}): Promise<Held> {
    const held = await mustClaim(subject.store, request(key, change));
    assert.equal(await write(nameOf(held)), 'done');
    return held;
  }

  async function read(claim: ClaimName): Promise<string[]> {
    const answer = await subject.store.steps(claim);
    return answer.kind === 'stale' ? ['stale'] : answer.steps.map(({ name }) => name).sort();
  }

  it('on a pool of the user’s that reads whole numbers in its own way', async () => {
    for (const parse of [BigInt, Number]) {
      const getTypeParser = (oid: number, format: 'text'): unknown =>
        oid === INT8 ? parse : types.getTypeParser(oid, format);
      const pool = openPool({ types: { getTypeParser: getTypeParser as typeof types.getTypeParser } });
      const store = newPostgresStore(pool, subject.schema);
      const held = await mustClaim(store, request(newKey()));
      const step = { ...nameOf(held), name: 'one', payload, context: undefined };
      assert.equal(await store.recordStep(step), 'done');
      const answer = await store.steps(nameOf(held));
      assert.ok(answer.kind === 'steps' && answer.steps[0]?.fence === held.fence);
      await mustSettle(store, ending(held));
      assert.equal((await store.steps(nameOf(held))).kind, 'stale');
      assert.equal(await store.recordStep(step), 'stale');
      await store.close();
    }
  });

  async function inTransaction(body: (client: PoolClient) => Promise<void>): Promise<void> {
    const client = await subject.pool.connect();
    try {
      await client.query('BEGIN');
      await body(client);
    } finally {
      await client.query('ROLLBACK').catch(() => undefined);
      client.release();
    }
  }

  const claimBy = (held: Held, startOrder: number) =>
    request(held.request.key, { owner: { execution: held.request.owner.execution, startOrder } });

  it('a step that meets the claim taking over waits for it, and is stale', async () => {
    const held = await claimWithStep();
    await inTransaction(async (client) => {
      const { key, owner } = held.request;
      const { rows } = await client.query<{ verdict: string }>(
        `SELECT verdict FROM "${subject.schema}".claim_one_v1($1, 't', NULL, NULL, $2, 1, '{}', $3, 30000, NULL)`,
        [key, owner.execution, randomUUID()],
      );
      assert.equal(rows[0]?.verdict, 'claimed-own-newer-start');
      const verdict = write(nameOf(held), 'two');
      setTimeout(() => void client.query('COMMIT'), 100);
      assert.equal(await verdict, 'stale');
    });
    assert.deepEqual(await read(nameOf(await mustClaim(subject.store, claimBy(held, 2)))), ['one']);
  });

  it('a claim that meets a step being recorded waits for it, and reads it', async () => {
    const held = await claimWithStep();
    await inTransaction(async (client) => {
      const { key, fence, nonce } = nameOf(held);
      await client.query(`SELECT "${subject.schema}".record_step_v1($1, $2, $3, 'two', 'x', NULL)`, [
        key,
        fence.toString(),
        nonce,
      ]);
      const newer = mustClaim(subject.store, claimBy(held, 1));
      setTimeout(() => void client.query('COMMIT'), 100);
      assert.deepEqual(await read(nameOf(await newer)), ['one', 'two']);
    });
  });

  describe('the sweep', () => {
    beforeEach(() => subject.pool.query(`DELETE FROM "${subject.schema}".records`));

    const sweep = async (maxRows = 100): Promise<number> => {
      const { rows } = await subject.pool.query<{ swept: number }>(
        `SELECT "${subject.schema}".sweep_steps_v1($1) AS swept`,
        [maxRows],
      );
      return rows[0]?.swept ?? -1;
    };
    const left = async (): Promise<number> =>
      (await subject.pool.query(`SELECT 1 FROM "${subject.schema}".steps`)).rows.length;
    const ageRelease = (held: Held, days: number) =>
      subject.pool.query(
        `UPDATE "${subject.schema}".records SET settled_at = clock_timestamp() - $2::int * interval '1 day' WHERE key = $1`,
        [held.request.key, days],
      );

    it('keeps the steps of an operation that runs, and of one let go that may go on', async () => {
      const running = await claimWithStep();
      const lapsed = await claimWithStep(newKey(), { leaseMs: 1 });
      const released = await claimWithStep();
      await mustSettle(subject.store, releasing(released));
      await ageRelease(released, 29);
      assert.equal(await sweep(), 0);
      assert.deepEqual(await read(nameOf(running)), ['one']);
      for (const { request: asked } of [lapsed, released]) {
        assert.deepEqual(await read(nameOf(await mustClaim(subject.store, request(asked.key)))), ['one']);
      }
    });

    it('deletes those of an operation that is over: outcome, clear, a later one, let go for 30 days', async () => {
      await mustSettle(subject.store, ending(await claimWithStep()));
      await mustSettle(subject.store, ending(await claimWithStep(), { op: 'fail' }));
      await subject.store.clear((await claimWithStep()).request.key);
      const again = (await claimWithStep()).request.key;
      await subject.store.clear(again);
      const later = await mustClaim(subject.store, request(again));
      await write(nameOf(later), 'two');
      const forgotten = await claimWithStep();
      await mustSettle(subject.store, releasing(forgotten));
      await ageRelease(forgotten, 31);
      assert.equal(await left(), 6);
      assert.equal(await sweep(), 5);
      assert.equal(await left(), 1);
      assert.deepEqual(await read(nameOf(later)), ['two']);
    });

    it('in batches, passing over what is in somebody’s hand', async () => {
      const held = await Promise.all(Array.from({ length: 5 }, () => claimWithStep()));
      await Promise.all(held.map((one) => mustSettle(subject.store, ending(one))));
      assert.equal(await sweep(2), 2);
      await inTransaction(async (client) => {
        await client.query(`SELECT 1 FROM "${subject.schema}".steps LIMIT 1 FOR UPDATE`);
        assert.equal(await sweep(), 2);
      });
      assert.deepEqual([await sweep(), await sweep(), await left()], [1, 0, 0]);
    });

    it('leaves its steps to an operation that is taken up again this very moment', async () => {
      const held = await claimWithStep();
      await mustSettle(subject.store, releasing(held));
      await ageRelease(held, 31);
      await inTransaction(async (client) => {
        await client.query(
          `SELECT 1 FROM "${subject.schema}".claim_one_v1($1, 't', NULL, NULL, 'e', 1, '{}', $2, 30000, NULL)`,
          [held.request.key, randomUUID()],
        );
        assert.equal(await sweep(), 0);
      });
      assert.equal(await left(), 1);
    });

    it('a record that is deleted takes its steps along, and a new one of that key reads none', async () => {
      const held = await claimWithStep();
      await mustSettle(subject.store, releasing(held));
      await subject.pool.query(`DELETE FROM "${subject.schema}".records WHERE key = $1`, [held.request.key]);
      assert.equal(await left(), 0);
      assert.deepEqual(await read(nameOf(await mustClaim(subject.store, request(held.request.key)))), []);
    });
  });
});
