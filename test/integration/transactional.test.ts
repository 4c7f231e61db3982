import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { ApplicationFailure } from '@temporalio/common';
import { assert } from '../helpers/assert';
import { FAILURE_TYPES, idempotent, type Queryable } from '../../src';
import { failureOf } from './support/failures';
import { DATABASE_URL, World } from './support/world';

describe('[integration] transactional activities', () => {
  let world: World;
  before(async () => (world = await World.open()));
  after(() => world.close());

  const byId = { scope: 'global', key: (id: string) => id } as const;
  const write = (tx: Queryable, name: string, note: string) =>
    tx.query(`INSERT INTO ${world.effects.table} (name, note, pid) VALUES ($1, $2, 0)`, [name, note]);
  const call = (queue: string, name: string, id: string) => world.execute('call', queue, [name, [id]]);
  const run = <T>(activities: object, body: (queue: string) => Promise<T>) =>
    world.during({ activities }, body);

  it('effect and outcome are of one transaction', async () => {
    const transfer = idempotent.transactional(byId, async (tx, id: string) => {
      await write(tx, 'transfer', id);
      return { moved: id };
    });
    await run({ transfer }, async (queue) => {
      assert.deepEqual(await call(queue, 'transfer', 't1'), { moved: 't1' });
      assert.deepEqual(await call(queue, 'transfer', 't1'), { moved: 't1' });
    });
    const { rows } = await world.pool.query<{ effect: string; outcome: string; state: number }>(
      `SELECT e.xmin::text AS effect, r.xmin::text AS outcome, r.state
       FROM ${world.effects.table} e, ${world.schema}.records r WHERE e.name = 'transfer' AND r.type = 'transfer'`,
    );
    assert.equal(rows.length, 1);
    assert.equal(rows[0]?.state, 2);
    assert.equal(rows[0]?.effect, rows[0]?.outcome);
  });

  it('a body that throws leaves nothing, and its retry runs', async () => {
    let attempts = 0;
    const shaky = idempotent.transactional(byId, async (tx, id: string) => {
      await write(tx, 'shaky', `${id} ${++attempts}`);
      if (attempts === 1) throw ApplicationFailure.retryable('after the write');
      return attempts;
    });
    await run({ shaky }, async (queue) => assert.equal(await call(queue, 'shaky', 's1'), 2));
    assert.deepEqual(await world.effects.notes('shaky'), ['s1 2']);
  });

  it('a connection that breaks while a body does something else is its attempt’s trouble, not the process’', async () => {
    let attempts = 0;
    const cut = idempotent.transactional(byId, async (tx, id: string) => {
      const { rows } = await tx.query('SELECT pg_backend_pid() AS pid');
      if (++attempts === 1) {
        await world.pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.['pid']]);
        await sleep(200);
      }
      await write(tx, 'cut', `${id} ${attempts}`);
      return attempts;
    });
    await run({ cut }, async (queue) => assert.equal(await call(queue, 'cut', 'c1'), 2));
    assert.deepEqual(await world.effects.notes('cut'), ['c1 2']);
  });

  it('a non-retryable failure is kept, its effect is not', async () => {
    let runs = 0;
    const refuse = idempotent.transactional(byId, async (tx, id: string): Promise<never> => {
      runs++;
      await write(tx, 'refuse', id);
      throw ApplicationFailure.nonRetryable('no', 'Refused');
    });
    await run({ refuse }, async (queue) => {
      for (let n = 0; n < 2; n++)
        assert.equal((await failureOf(call(queue, 'refuse', 'r1'))).type, 'Refused');
    });
    assert.equal(runs, 1);
    assert.deepEqual(await world.effects.notes('refuse'), []);
  });

  it('a claim that was cleared while it ran rolls back', async () => {
    const service = await world.service();
    let attempts = 0;
    const cleared = idempotent.transactional(byId, async (tx, id: string) => {
      await write(tx, 'cleared', `attempt ${++attempts}`);
      if (attempts === 1) await service.clear({ type: 'cleared', scope: 'global', key: id });
      return attempts;
    });
    await run({ cleared }, async (queue) => assert.equal(await call(queue, 'cleared', 'c1'), 2));
    await service.close();
    assert.deepEqual(await world.effects.notes('cleared'), ['attempt 2']);
  });

  it('an adapter brings the transaction of another library; a duplicate opens none', async () => {
    let opened = 0;
    const transaction = async <R>(body: (tx: Client) => Promise<R>): Promise<R> => {
      opened++;
      const client = new Client({ connectionString: DATABASE_URL });
      await client.connect();
      try {
        await client.query('BEGIN');
        const result = await body(client);
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      } finally {
        await client.end();
      }
    };
    let attempts = 0;
    const adapted = idempotent.transactional({ ...byId, transaction }, async (tx: Client, id: string) => {
      await tx.query(`INSERT INTO ${world.effects.table} (name, note, pid) VALUES ('adapted', $1, 0)`, [id]);
      if (++attempts === 1) throw new Error('the first time');
      return `adapted ${id}`;
    });
    await run({ adapted }, async (queue) => {
      assert.equal(await call(queue, 'adapted', 'a1'), 'adapted a1');
      assert.equal(opened, 2);
      assert.equal(await call(queue, 'adapted', 'a1'), 'adapted a1');
      assert.equal(opened, 2);
    });
    assert.deepEqual(await world.effects.notes('adapted'), ['a1']);
  });

  for (const statement of ['COMMIT', '/* done */ commit', 'ROLLBACK', 'BEGIN']) {
    it(`refuses ${statement} inside the body`, async () => {
      const name = `ends ${statement}`;
      const ends = idempotent.transactional(byId, async (tx, id: string) => {
        await write(tx, name, id);
        await tx.query(statement);
        return 'never';
      });
      await run({ ends }, async (queue) => {
        const failure = await failureOf(call(queue, 'ends', statement));
        assert.equal(failure.type, FAILURE_TYPES.refused);
        assert.equal(failure.nonRetryable, true);
      });
      assert.deepEqual(await world.effects.notes(name), []);
    });
  }

  it('allows savepoints', async () => {
    const saved = idempotent.transactional(byId, async (tx, id: string) => {
      await write(tx, 'saved', `${id} kept`);
      await tx.query('SAVEPOINT here');
      await write(tx, 'saved', `${id} undone`);
      await tx.query('ROLLBACK TO here');
      return 'ok';
    });
    await run({ saved }, async (queue) => assert.equal(await call(queue, 'saved', 'v1'), 'ok'));
    assert.deepEqual(await world.effects.notes('saved'), ['v1 kept']);
  });
});
