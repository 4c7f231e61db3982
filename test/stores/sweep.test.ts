import { setTimeout as sleep } from 'node:timers/promises';
import { StorePermissionError } from '../../src';
import { PostgresStore } from '../../src/stores/postgres/postgres-store';
import type { Swept } from '../../src/stores/upkeep';
import { assert } from '../helpers/assert';
import { TestProcess } from '../helpers/processes';
import { env, need, openPool, randomName, until } from '../helpers/services';
import { openPostgresSubject, type PostgresSubject } from './open';
import { ending, mustClaim, mustSettle, nameOf, newKey, releasing, request, seeded } from './subject';

const HOUR_MS = 3_600_000;
const TEN_MINUTES_MS = 600_000;

describe('[contract] the sweep of records at rest (G14)', () => {
  let subject: PostgresSubject;
  before(function () {
    need(this, 'DATABASE_URL');
  });
  beforeEach(async () => (subject = await openPostgresSubject({}, { others: 1 })));
  afterEach(() => subject?.close());

  const query = (text: string, values: unknown[] = []) =>
    subject.pool.query(text.replaceAll('{{schema}}', `"${subject.schema}"`), values);

  /** As if everything about a record had happened that much earlier. */
  const age = (key: string, ms: number) =>
    query(
      `UPDATE {{schema}}.records SET claimed_at = claimed_at - $2 * interval '1 ms', ends_at = ends_at - $2 * interval '1 ms',
         settled_at = settled_at - $2 * interval '1 ms' WHERE key = $1`,
      [key, ms],
    );
  const sweepAll = async (restMs = TEN_MINUTES_MS): Promise<number> => {
    let swept = 0;
    for (;;) {
      const part: Swept = await subject.store.upkeep.sweep({ restMs, blocks: 1 });
      swept += part.swept;
      if (part.done) return swept;
    }
  };
  const kept = async (): Promise<string[]> =>
    (await query('SELECT key FROM {{schema}}.records ORDER BY key')).rows.map(
      (row: { key: string }) => row.key,
    );
  const swept = async (): Promise<number> =>
    (await subject.store.readCounts(60))
      .filter(({ path }) => path === 'swept')
      .reduce((n, c) => n + c.count, 0);

  const claim = () => mustClaim(subject.store, request(newKey(), { leaseMs: 1_000 }));
  const settled = async (how: Parameters<typeof ending>[1]) => {
    const held = await claim();
    await mustSettle(subject.store, ending(held, how));
    return held.request.key;
  };
  const released = async () => {
    const held = await claim();
    await mustSettle(subject.store, releasing(held));
    return held.request.key;
  };

  it('takes what has been free for the rest time, and nothing a moment earlier', async () => {
    const going = [
      await settled({ retentionMs: 1 }),
      await settled({ retentionMs: 1, op: 'fail' }),
      await released(),
      await settled({ retentionMs: HOUR_MS }),
    ];
    await subject.store.clear(going[3] as string);
    for (const key of going) await age(key, TEN_MINUTES_MS + 5_000);

    const staying = {
      'completed, its retention ended a moment ago': await settled({ retentionMs: 1 }),
      'completed long ago, its retention just ended': await settled({ retentionMs: HOUR_MS }),
      'failed, in its retention': await settled({ retentionMs: HOUR_MS, op: 'fail' }),
      'released a moment ago': await released(),
      'at rest for nearly long enough': await released(),
      'running, live': (await claim()).request.key,
      'running, its lease over for a year: an unknown outcome': (await claim()).request.key,
    };
    await age(staying['completed long ago, its retention just ended'], HOUR_MS);
    await age(staying['at rest for nearly long enough'], TEN_MINUTES_MS - 5_000);
    await age(staying['running, its lease over for a year: an unknown outcome'], 365 * 24 * HOUR_MS);

    assert.equal(await sweepAll(), going.length);
    assert.deepEqual(await kept(), Object.values(staying).sort());
    assert.equal(await swept(), going.length, 'counted');

    const unknown = staying['running, its lease over for a year: an unknown outcome'];
    const taken = await mustClaim(subject.store, request(unknown));
    assert.equal(taken.unknownOutcome?.reason, 'lease-expired');
    const again = await mustClaim(subject.store, request(going[0] as string));
    assert.deepEqual([again.runs, again.unknownOutcome], [1, undefined]);
  });

  it('leaves a released operation with a step to the retry that has yet to come, until its steps are swept', async () => {
    const held = await claim();
    const { key } = held.request;
    const step = { ...nameOf(held), name: 'charge', payload: Buffer.from('paid'), context: undefined };
    assert.equal(await subject.store.recordStep(step), 'done');
    await mustSettle(subject.store, releasing(held));
    await age(key, 24 * HOUR_MS);
    assert.equal(await sweepAll(), 0);
    const retry = await mustClaim(subject.store, request(key));
    const answer = await subject.store.steps(nameOf(retry));
    assert.ok(answer.kind === 'steps' && answer.steps[0]?.name === 'charge', 'the retry finds it');

    await mustSettle(subject.store, ending(retry, { retentionMs: 1 }));
    await age(key, HOUR_MS);
    assert.equal(await sweepAll(), 1, 'with its outcome over, record and step go together');
    assert.equal((await query('SELECT FROM {{schema}}.steps')).rowCount, 0);
  });

  it('waits for no row in somebody’s hand, looks again under the lock, and keeps two sweeps apart', async () => {
    const [locked, renewed] = [await released(), await released()];
    const other = await released();
    for (const key of [locked, renewed, other]) await age(key, HOUR_MS);
    const holder = await subject.pool.connect();
    try {
      await holder.query('BEGIN');
      await holder.query(`SELECT 1 FROM "${subject.schema}".records WHERE key = $1 FOR UPDATE`, [locked]);
      const held = await mustClaim(subject.store, request(renewed));
      assert.equal(await sweepAll(), 1);
      await holder.query(`SELECT 1 FROM "${subject.schema}".sweep_position FOR UPDATE`);
      assert.deepEqual(await subject.store.upkeep.sweep({ restMs: 0, blocks: 1 }), { swept: 0, done: true });
      await holder.query('COMMIT');
      await mustSettle(subject.store, ending(held));
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    assert.deepEqual(await kept(), [locked, renewed].sort());
    assert.equal(await sweepAll(), 1);
  });

  it('leaves what was claimed after a statement began that still runs: it may hold a smaller fence', async () => {
    const old = await released();
    await sleep(10);
    const stalled = query(`SELECT pg_sleep(4) /* {{schema}}. */`);
    await sleep(300);
    const young = await released();
    await sleep(10);
    assert.equal(await sweepAll(0), 1);
    assert.deepEqual(await kept(), [young]);
    assert.notEqual(old, young);
    await stalled;
    assert.equal(await sweepAll(0), 1);
  });

  it('killed with SIGKILL half-way, the next one goes on there; nothing is lost or counted twice', async () => {
    const all = 20_000;
    await query(
      `INSERT INTO {{schema}}.records (key, state, fence, nonce, runs, type, body_key, owner_execution, owner_start, owner_detail,
         claimed_at, settled_at, ends_at, payload)
       SELECT 'k' || n, 2, nextval('{{schema}}.fences'), gen_random_uuid(), 1, 't', 'k' || n, 'x', 0, '{}',
         now() - interval '1 day', now() - interval '1 day', now() - interval '1 day', convert_to(repeat('x', 500), 'UTF8')
       FROM generate_series(1, ${all}) n`,
    );
    for (let kill = 0; kill < 3; kill++) {
      const child = TestProcess.start('sweeper', { schema: subject.schema, restMs: TEN_MINUTES_MS });
      for (let parts = 0; parts < 15; parts++) await child.next('swept');
      await child.kill();
    }
    // The server may still be at the last statement of a killed one.
    const active = `SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE $1 AND pid <> pg_backend_pid()`;
    await until(async () => (await subject.pool.query(active, [`%${subject.schema}%`])).rowCount === 0);
    const { rows } = await query('SELECT next_block FROM {{schema}}.sweep_position');
    const [position] = rows as { next_block: string }[];
    assert.ok(Number(position?.next_block) >= 45, `came to block ${position?.next_block}`);
    const left = (await kept()).length;
    assert.ok(left > 0 && left < all, `${left} left half-way`);
    assert.equal(await swept(), all - left);
    assert.equal(await sweepAll(), left);
    assert.deepEqual(await kept(), []);
    assert.equal(await swept(), all);
  });

  it('claims on swept keys from several processes: fences only grow, no old outcome answers', async function () {
    need(this, 'REDIS_URL');
    this.timeout(120_000);
    const { seed } = seeded();
    console.log(`      sweep race: ONCE_SEED=${seed}`);
    await query(
      'CREATE TABLE {{schema}}.log (id bigserial PRIMARY KEY, key text NOT NULL, fence bigint NOT NULL)',
    );
    const keys = Array.from({ length: 4 }, newKey);
    const prefix = randomName('once-test');
    const settings = { schema: subject.schema, prefix, keys, rounds: 400 };
    const children = [1, 2, 3, 4].map((n) =>
      TestProcess.start('sweep-racer', { ...settings, seed: seed + n }),
    );
    let racing = true;
    let gone = 0;
    const sweeping = (async () => {
      while (racing) gone += (await subject.store.upkeep.sweep({ restMs: 0, blocks: 64 })).swept;
    })();
    const wrong = await Promise.all(
      children.map(async (child) => (await child.next('raced', 90_000))['wrong']),
    );
    racing = false;
    await sweeping;
    for (const child of children) assert.deepEqual(await child.exited, { code: 0, signal: null });
    assert.deepEqual(wrong.flat(), []);
    const { rows } = await query('SELECT key, fence FROM {{schema}}.log ORDER BY id');
    assert.ok(rows.length > 400, `${rows.length} claims`);
    assert.ok(gone > 100, `${gone} swept in between`);
    const last = new Map<string, bigint>();
    for (const { key, fence } of rows as { key: string; fence: string }[]) {
      assert.ok(BigInt(fence) > (last.get(key) ?? 0n), `${key}: fence ${fence} after ${last.get(key)}`);
      last.set(key, BigInt(fence));
    }
  });

  it('trims old counts, finished invalidations and, where there are steps, steps', async () => {
    await query(
      `INSERT INTO {{schema}}.counts VALUES (now() - interval '31 days', 't', 'd', 'p', 1), (now() - interval '29 days', 't', 'd', 'p', 1)`,
    );
    await query(
      `INSERT INTO {{schema}}.invalidations (cache, key, fence, placed) VALUES ('c', 'done', 1, true), ('c', 'pending', 2, false)`,
    );
    const month = 30 * 24 * HOUR_MS;
    assert.equal(await subject.store.upkeep.trim(month), 2);
    assert.equal((await query('SELECT * FROM {{schema}}.counts')).rows.length, 1);
    assert.deepEqual((await query('SELECT key FROM {{schema}}.invalidations')).rows, [{ key: 'pending' }]);
    await query(
      `CREATE OR REPLACE FUNCTION {{schema}}.sweep_steps_v1(max_rows integer) RETURNS integer LANGUAGE sql AS 'SELECT max_rows / 100'`,
    );
    assert.equal(await subject.store.upkeep.trim(month), 10);
  });

  it('trims starts that were cleared or whose retention is over, and no open one however old', async () => {
    const start = (key: string) => ({
      key,
      namespace: 'n',
      workflowId: key,
      runId: `run-${key}`,
      type: 'workflow:t',
      fingerprint: undefined,
      retentionMs: HOUR_MS,
      replaces: undefined,
    });
    const { starts, upkeep } = subject.store;
    for (const key of ['open', 'cleared', 'answers', 'over', 'lost']) await starts.started(start(key));
    await subject.store.clear('cleared');
    for (const key of ['answers', 'over']) {
      await starts.ended(start(key), { kind: 'completed', payload: undefined, context: '{}' });
    }
    await starts.ended(start('lost'), { kind: 'lost' });
    await query(
      `UPDATE {{schema}}.starts SET started_at = now() - interval '1 year', look_at = now() - interval '1 year',
         ends_at = CASE WHEN key IN ('over', 'lost') THEN now() - interval '1 second' ELSE ends_at END`,
    );
    assert.equal(await upkeep.trim(30 * 24 * HOUR_MS), 3);
    const { rows } = await query('SELECT key FROM {{schema}}.starts ORDER BY key');
    assert.deepEqual(rows, [{ key: 'answers' }, { key: 'open' }]);
    assert.equal(await upkeep.trim(30 * 24 * HOUR_MS), 0);
  });

  it('needs DELETE beside the grants of a worker, and says so', async () => {
    const role = randomName('once_role');
    await query(`CREATE ROLE "${role}" LOGIN PASSWORD 'least-privilege'`);
    await query(`GRANT USAGE ON SCHEMA {{schema}} TO "${role}"`);
    await query(`GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA {{schema}} TO "${role}"`);
    await query(`GRANT USAGE ON ALL SEQUENCES IN SCHEMA {{schema}} TO "${role}"`);
    const url = new URL(env('DATABASE_URL'));
    url.username = role;
    url.password = 'least-privilege';
    const pool = openPool({ connectionString: url.href });
    const mine = new PostgresStore({ pool, schema: subject.schema, patienceMs: 1_000, ownsPool: true });
    try {
      const key = await released();
      await age(key, HOUR_MS);
      await assert.rejects(mine.upkeep.sweep({ restMs: 0, blocks: 1 }), (error) => {
        assert.ok(error instanceof StorePermissionError);
        assert.match(error.message, /DELETE/);
        return true;
      });
      await query(`GRANT DELETE ON ALL TABLES IN SCHEMA {{schema}} TO "${role}"`);
      assert.equal((await mine.upkeep.sweep({ restMs: 0, blocks: 64 })).swept, 1);
      await mine.upkeep.trim(1_000);
      await assert.rejects(mine.upkeep.raiseGeneration(), StorePermissionError);
      await query(`GRANT UPDATE ON ALL SEQUENCES IN SCHEMA {{schema}} TO "${role}"`);
      await mine.upkeep.raiseGeneration();
    } finally {
      await mine.close();
      await query(`DROP OWNED BY "${role}"`);
      await query(`DROP ROLE "${role}"`);
    }
  });
});
