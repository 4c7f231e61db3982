import type { Pool } from 'pg';
import { assert } from '../helpers/assert';
import { need, openPool, startPgBouncer, type PrivateService } from '../helpers/services';
import { newPostgresStore, openPostgresSubject, type PostgresSubject } from './open';
import type { PostgresStore } from '../../src/stores/postgres/postgres-store';
import { ending, mustClaim, mustSettle, newKey, request } from './subject';

const HOT = ['batch_v1', 'claim_one_v1', 'settle_one_v1'];

describe('[contract] postgres: statements that the server keeps under a name', () => {
  let subject: PostgresSubject;
  const opened: PostgresStore[] = [];
  before(async function () {
    need(this, 'DATABASE_URL');
    subject = await openPostgresSubject({}, { others: 0 });
  });
  after(async () => {
    await Promise.all(opened.map((store) => store.close()));
    await subject?.close();
  });

  /** A store on one connection, and the names it sent. */
  async function opening(connectionString?: string) {
    const pool = openPool({ max: 1, ...(connectionString === undefined ? {} : { connectionString }) });
    const names: (string | undefined)[] = [];
    const query = pool.query.bind(pool) as (...args: unknown[]) => unknown;
    Object.assign(pool, {
      query: (...args: unknown[]) => {
        const [statement] = args as [string | { name?: string }];
        if (typeof statement !== 'string' || HOT.some((hot) => statement.includes(hot)))
          names.push(typeof statement === 'string' ? undefined : statement.name);
        return query(...args);
      },
    });
    const store = newPostgresStore(pool, subject.schema);
    opened.push(store);
    return { store, pool, names };
  }

  async function everyHotStatement(store: PostgresStore): Promise<void> {
    await mustSettle(store, ending(await mustClaim(store, request(newKey()))));
    const held = await Promise.all([1, 2, 3].map(() => mustClaim(store, request(newKey()))));
    await Promise.all(held.map((one) => mustSettle(store, ending(one))));
  }

  async function kept(pool: Pool): Promise<string[]> {
    const { rows } = await pool.query<{ name: string }>('SELECT name FROM pg_prepared_statements ORDER BY 1');
    return rows.map(({ name }) => name.replace(`${subject.schema}.`, ''));
  }

  it('a straight connection keeps the three of them', async () => {
    const { store, pool } = await opening();
    await store.check();
    await everyHotStatement(store);
    assert.deepEqual(await kept(pool), HOT);
  });

  it('without a check nothing is known of the connection, and no name is sent', async () => {
    const { store, pool, names } = await opening();
    await everyHotStatement(store);
    assert.deepEqual(await kept(pool), []);
    assert.deepEqual(new Set(names), new Set([undefined]));
  });

  describe('through PgBouncer in transaction mode', () => {
    let bouncer: PrivateService;
    before(async function () {
      need(this, 'ONCE_PGBOUNCER_BIN');
      bouncer = await startPgBouncer();
    });
    after(() => bouncer?.stop());

    it('no name is sent, none is kept, and everything works', async () => {
      const { store, pool, names } = await opening(bouncer.url);
      await store.check();
      for (let round = 0; round < 5; round++) await everyHotStatement(store);
      assert.ok(names.length >= 20);
      assert.deepEqual(new Set(names), new Set([undefined]));
      assert.deepEqual(await kept(pool), []);
      await store.close();
      opened.splice(opened.indexOf(store), 1);
    });
  });

  it('a name that the server has lost (26000): the call succeeds, and names are off from then on', async () => {
    const { store, pool, names } = await opening();
    await store.check();
    await everyHotStatement(store);
    await pool.query('DEALLOCATE ALL');
    names.length = 0;
    await everyHotStatement(store);
    assert.ok(names[0] !== undefined, 'it was tried with its name');
    assert.deepEqual(new Set(names.slice(1)), new Set([undefined]));
  });

  it('a name that is somebody else’s already (42P05): the same', async () => {
    const { store, pool, names } = await opening();
    await store.check();
    await pool.query(`PREPARE "${subject.schema}.claim_one_v1" AS SELECT 1`);
    names.length = 0;
    await everyHotStatement(store);
    assert.ok(names[0] !== undefined, 'it was tried with its name');
    assert.deepEqual(new Set(names.slice(1)), new Set([undefined]));
  });
});
