import type { Pool } from 'pg';
import { SchemaNotMigratedError, SchemaTooNewError, StorePermissionError } from '../../src';
import { PostgresStore } from '../../src/stores/postgres/postgres-store';
import { assert } from '../helpers/assert';
import { TestProcess } from '../helpers/processes';
import { dropSchema, env, need, openPool, randomName } from '../helpers/services';
import { newPostgresStore } from './open';
import {
  ending,
  mustBeOutcome,
  mustClaim,
  mustSettle,
  nameOf,
  newKey,
  releasing,
  renewing,
  request,
} from './subject';

describe('[edge] postgres: schema', () => {
  let schema: string;
  let pool: Pool;
  let store: PostgresStore;
  before(function () {
    need(this, 'DATABASE_URL');
  });
  beforeEach(() => {
    schema = randomName('once_test');
    pool = openPool({ max: 10 });
    store = new PostgresStore({ pool, schema, patienceMs: 2_000, ownsPool: false });
  });
  afterEach(async () => {
    await pool.end();
    await dropSchema(schema);
  });

  it('eight pools migrate at once: one does it, the others find nothing left to do', async () => {
    const pools = Array.from({ length: 8 }, () => openPool({ max: 1 }));
    const applied = await Promise.all(pools.map((one) => newPostgresStore(one, schema).migrate()));
    await Promise.all(pools.map((one) => one.end()));
    assert.equal(applied.filter((names) => names.length > 0).length, 1);
    await store.check();
    assert.deepEqual(await store.migrate(), []);
  });

  it('eight processes migrate at once', async () => {
    const children = Array.from({ length: 8 }, () => TestProcess.start('migrator', { schema }));
    await Promise.all(children.map((child) => child.next('ready')));
    children.forEach((child) => child.say({ is: 'go' }));
    const done = await Promise.all(children.map((child) => child.next('migrated')));
    assert.equal(done.filter(({ applied }) => (applied as string[]).length > 0).length, 1);
    for (const child of children) assert.deepEqual(await child.exited, { code: 0, signal: null });
    await store.check();
  });

  it('an unmigrated schema is refused by name, with both versions', async () => {
    await assert.rejects(store.check(), (error) => {
      assert.ok(error instanceof SchemaNotMigratedError);
      assert.equal(error.schema, schema);
      assert.equal(error.found, 0);
      assert.ok(error.needed >= 1);
      assert.match(error.message, /Idempotency\.migrate/);
      return true;
    });
    await assert.rejects(store.claim(request(newKey())), SchemaNotMigratedError);
    await assert.rejects(store.lookup(newKey()), SchemaNotMigratedError);
    const { rows } = await pool.query('SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1', [schema]);
    assert.equal(rows.length, 0, 'nothing was written');
  });

  it('a schema that no longer serves this version is refused, both versions named', async () => {
    await store.migrate();
    await pool.query(
      `INSERT INTO "${schema}".schema_migrations (version, name, min_compatible) VALUES (99, 'x', 98)`,
    );
    for (const refused of [store.check(), store.migrate()]) {
      await assert.rejects(refused, (error) => {
        assert.ok(error instanceof SchemaTooNewError);
        assert.deepEqual([error.found, error.minCompatible], [99, 98]);
        assert.match(error.message, /version 99/);
        assert.match(error.message, new RegExp(`version ${error.ours}\\b`));
        return true;
      });
    }
  });

  it('a newer schema that still serves this version is welcome', async () => {
    await store.migrate();
    await pool.query(
      `INSERT INTO "${schema}".schema_migrations (version, name, min_compatible) VALUES (99, 'x', 1)`,
    );
    await store.check();
    await mustClaim(store, request(newKey()));
    assert.deepEqual(await store.migrate(), []);
  });

  describe('a role with no more than the documented grants', () => {
    let role: string;
    let worker: Pool;
    const grants = (missing?: string): string[] =>
      Object.entries({
        schema: `GRANT USAGE ON SCHEMA "${schema}" TO "${role}"`,
        sequence: `GRANT USAGE ON ALL SEQUENCES IN SCHEMA "${schema}" TO "${role}"`,
        functions: `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA "${schema}" TO "${role}"`,
        tables: `GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA "${schema}" TO "${role}"`,
      }).flatMap(([name, statement]) => (name === missing ? [] : [statement]));

    beforeEach(async function () {
      role = randomName('once_role');
      await store.migrate();
      await pool.query(`CREATE ROLE "${role}" LOGIN PASSWORD 'least-privilege'`);
      await pool.query(`REVOKE ALL ON ALL FUNCTIONS IN SCHEMA "${schema}" FROM PUBLIC`);
      const url = new URL(env('DATABASE_URL'));
      url.username = role;
      url.password = 'least-privilege';
      worker = openPool({ connectionString: url.href });
    });
    afterEach(async () => {
      await worker.end();
      await pool.query(`DROP OWNED BY "${role}"`);
      await pool.query(`DROP ROLE "${role}"`);
    });

    it('can do everything a worker does', async () => {
      for (const grant of grants()) await pool.query(grant);
      const mine = new PostgresStore({ pool: worker, schema, patienceMs: 2_000, ownsPool: false });
      await mine.check();
      assert.equal(await mine.generation(), '1');
      const key = newKey();
      const held = await mustClaim(mine, request(key));
      await mustSettle(mine, renewing(held, 10_000));
      const step = { name: 's', payload: Buffer.from('x'), context: undefined };
      assert.equal(await mine.recordStep({ ...nameOf(held), ...step }), 'done');
      assert.equal((await mine.steps(nameOf(held))).kind, 'steps');
      await mustSettle(mine, ending(held));
      await mustBeOutcome(mine, request(key));
      assert.equal((await mine.clear(key)).previous, 'completed');
      await mustSettle(mine, releasing(await mustClaim(mine, request(key))));
      const outcome = {
        key,
        type: 't',
        fingerprint: 'f',
        payload: undefined,
        context: undefined,
        retentionMs: 1_000,
      };
      assert.equal(await mine.record(outcome), 'recorded');
      const run = { namespace: 'n', workflowId: 'w', runId: 'r' };
      const start = { ...run, key: newKey(), type: 'workflow:t', fingerprint: 'f', retentionMs: 1_000 };
      assert.equal((await mine.starts.started({ ...start, replaces: undefined })).kind, 'recorded');
      assert.equal((await mine.starts.due('n', 5)).length, 1);
      assert.equal((await mine.starts.standing([start.key])).length, 1);
      const end = { kind: 'completed', payload: Buffer.from('x'), context: '{}' } as const;
      assert.equal(await mine.starts.ended(run, end), start.key);
      assert.equal((await mine.starts.find(run))?.state, 'completed');
      assert.equal((await mine.clear(start.key)).previous, 'completed');
      await mine.addCounts([{ type: 't', door: 'd', path: 'p', count: 1 }]);
      assert.equal((await mine.readCounts(5)).length, 1);
      const runs = { unprotected: 0, attempts: 0, once: 1 };
      const sighting = {
        namespace: 'n',
        taskQueue: 'q',
        type: 't',
        policy: {},
        runs,
        calls: [],
        retries: [],
      };
      for (let n = 0; n < 2; n++) await mine.activityTypes.add([sighting]);
      assert.equal((await mine.activityTypes.read(60_000))[0]?.runs.once, 2);
      const schedule = {
        ...{ namespace: 'n', scheduleId: 's', compositeKey: 'c', jobType: 'j', tenant: 't', resource: 'r' },
        ...{ workflowType: 'w', taskQueue: 'q', spec: {} },
      };
      const token = '00000000-0000-4000-8000-000000000001';
      assert.ok((await mine.schedules.reserve(schedule, { token, leaseMs: 1_000 })).mine);
      assert.ok(await mine.schedules.release(schedule, token));
      assert.equal(await mine.schedules.live(schedule, token), undefined);
      assert.equal((await mine.runDurations.due('n', 1_000, 5)).length, 1);
      const day = { day: '2026-01-31', runs: 1, p50Ms: 1, p95Ms: 1, maxMs: 1 };
      for (const at of [1, 2]) assert.ok(await mine.runDurations.put('n', 's', new Date(at), [day]));
      assert.equal((await mine.runDurations.days('n', ['s'], 5)).size, 1);
      assert.ok(await mine.schedules.forget('n', 's'));
    });

    for (const missing of ['schema', 'sequence', 'functions', 'tables']) {
      it(`without the grant on ${missing} it gets a permission error that names the schema`, async () => {
        for (const grant of grants(missing)) await pool.query(grant);
        const mine = new PostgresStore({ pool: worker, schema, patienceMs: 2_000, ownsPool: false });
        const use = async (): Promise<void> => {
          await mine.check();
          await mine.claim(request(newKey()));
        };
        await assert.rejects(use(), (error) => {
          assert.ok(error instanceof StorePermissionError, String(error));
          assert.equal(error.schema, schema);
          assert.match(error.message, /GRANT|Grant/);
          return true;
        });
      });
    }
  });
});
