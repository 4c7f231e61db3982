import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '../../src';
import { assert } from '../helpers/assert';
import { TestProcess } from '../helpers/processes';
import { env, need, openPool, until } from '../helpers/services';
import { newPostgresStore, openPostgresSubject, type PostgresSubject } from './open';
import { ending, isClaimed, mustBeOutcome, mustClaim, mustSettle, newKey, request } from './subject';
import { TcpProxy } from './tcp-proxy';

describe('[faults] postgres: trouble', () => {
  let subject: PostgresSubject;
  before(async function () {
    need(this, 'DATABASE_URL');
    subject = await openPostgresSubject({}, { others: 1 });
  });
  after(() => subject?.close());

  async function proxied(): Promise<TcpProxy> {
    const url = new URL(env('DATABASE_URL'));
    return TcpProxy.to(url.hostname, Number(url.port || 5432));
  }

  function storeBehind(proxy: TcpProxy, patienceMs: number, queryTimeoutMs = 500) {
    const url = new URL(env('DATABASE_URL'));
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    const pool = openPool({
      connectionString: url.href,
      query_timeout: queryTimeoutMs,
      connectionTimeoutMillis: 500,
    });
    return newPostgresStore(pool, subject.schema, patienceMs);
  }

  it('a locked record beside a busy batch stalls nobody but itself', async () => {
    const locked = newKey();
    const held = await mustClaim(subject.store, request(locked, { leaseMs: 1 }));
    await sleep(10);
    const other = await subject.pool.connect();
    try {
      await other.query('BEGIN');
      await other.query(`SELECT 1 FROM "${subject.schema}".records WHERE key = $1 FOR UPDATE`, [locked]);
      let answered = false;
      const waiting = subject.store.claim(request(locked)).then((answer) => {
        answered = true;
        return answer;
      });
      const startedAt = performance.now();
      for (let round = 0; round < 10; round++) {
        await Promise.all(Array.from({ length: 30 }, () => mustClaim(subject.store, request(newKey()))));
      }
      assert.ok(performance.now() - startedAt < 10_000, '300 other keys went on');
      assert.equal(answered, false, 'the locked one still waits');
      await other.query('COMMIT');
      const answer = await waiting;
      isClaimed(answer);
      assert.ok(answer.fence > held.fence);
    } finally {
      await other.query('ROLLBACK');
      other.release();
    }
  });

  it('a locked record beside completions stalls nobody but itself', async () => {
    const held = await mustClaim(subject.store, request(newKey()));
    const other = await subject.pool.connect();
    try {
      await other.query('BEGIN');
      await other.query(`SELECT 1 FROM "${subject.schema}".records WHERE key = $1 FOR UPDATE`, [
        held.request.key,
      ]);
      const waiting = subject.store.settle(ending(held));
      const claims = await Promise.all(
        Array.from({ length: 30 }, () => mustClaim(subject.store, request(newKey()))),
      );
      await Promise.all(claims.map((one) => mustSettle(subject.store, ending(one))));
      assert.equal((await subject.store.lookup(held.request.key))?.state, 'running');
      await other.query('COMMIT');
      assert.equal(await waiting, 'done');
    } finally {
      await other.query('ROLLBACK');
      other.release();
    }
  });

  it('others: a duplicate is not reported against an insert that later rolls back', async () => {
    const key = newKey();
    const other = await subject.pool.connect();
    try {
      await other.query('BEGIN');
      await other.query(`SELECT * FROM "${subject.schema}".claim_v1($1)`, [
        JSON.stringify([
          {
            key,
            type: 't',
            execution: 'x',
            start_order: 0,
            detail: {},
            nonce: request(key).nonce,
            lease_ms: 60_000,
          },
        ]),
      ]);
      const waiting = subject.others[0]?.claim(request(key));
      await sleep(100);
      await other.query('ROLLBACK');
      assert.equal((await waiting)?.kind, 'claimed');
    } finally {
      other.release();
    }
  });

  it('others: nextval() is not evaluated before the conflict waits: fences grow in commit order under INSERT races (6 processes)', async () => {
    const { schema } = subject;
    await subject.pool.query(
      `CREATE TABLE "${schema}".log (id bigserial PRIMARY KEY, key text NOT NULL, fence bigint NOT NULL)`,
    );
    const keys = Array.from({ length: 15 }, newKey);
    const children = Array.from({ length: 6 }, () => TestProcess.start('fence-racer', { schema, keys }));
    await Promise.all(children.map((child) => child.next('ready')));
    for (const key of keys) {
      children.forEach((child) => child.say({ is: 'race', key }));
      await Promise.all(children.map((child) => child.next('raced')));
    }
    children.forEach((child) => child.say({ is: 'end' }));
    for (const child of children) assert.deepEqual(await child.exited, { code: 0, signal: null });
    const { rows } = await subject.pool.query<{ key: string; fence: string }>(
      `SELECT key, fence FROM "${schema}".log ORDER BY id`,
    );
    assert.equal(rows.length, 6 * keys.length);
    const last = new Map<string, bigint>();
    for (const { key, fence } of rows) {
      assert.ok(BigInt(fence) > (last.get(key) ?? 0n), `fence ${fence} after ${last.get(key)}`);
      last.set(key, BigInt(fence));
    }
  });

  it('Postgres gone: a typed error within patience, and the next call works when it is back', async () => {
    const proxy = await proxied();
    const store = storeBehind(proxy, 600);
    try {
      await mustClaim(store, request(newKey()));
      await proxy.cut();
      const startedAt = performance.now();
      await assert.rejects(store.claim(request(newKey())), (error) => {
        assert.ok(error instanceof StoreUnavailableError);
        assert.equal(error.operation, 'claim');
        return true;
      });
      const tookMs = performance.now() - startedAt;
      assert.ok(tookMs >= 500 && tookMs < 8_000, `${tookMs} ms`);
      await assert.rejects(store.lookup(newKey()), StoreUnavailableError);
      await assert.rejects(store.clear(newKey()), StoreUnavailableError);
      await proxy.mend();
      await mustClaim(store, request(newKey()));
    } finally {
      await store.close();
      await proxy.cut();
    }
  });

  it('a short outage is sat out within patience', async () => {
    const proxy = await proxied();
    const store = storeBehind(proxy, 5_000);
    try {
      await proxy.cut();
      const waiting = mustClaim(store, request(newKey()));
      await sleep(300);
      await proxy.mend();
      assert.equal((await waiting).runs, 1);
    } finally {
      await store.close();
      await proxy.cut();
    }
  });

  it('a lost reply is not a lost claim: the repetition is the same claim, completing twice is success', async () => {
    const proxy = await proxied();
    const store = storeBehind(proxy, 10_000, 2_000);
    try {
      await mustClaim(store, request(newKey()));
      const key = newKey();
      proxy.loseReplies();
      const waiting = mustClaim(store, request(key));
      await until(async () => (await subject.store.lookup(key))?.state === 'running');
      proxy.loseReplies(false);
      proxy.breakConnections();
      const held = await waiting;
      assert.deepEqual([held.runs, held.unknownOutcome], [1, undefined]);
      assert.equal((await subject.store.lookup(key))?.fence, held.fence);
      proxy.loseReplies();
      const completing = store.settle(ending(held));
      await until(async () => (await subject.store.lookup(key))?.state === 'completed');
      proxy.loseReplies(false);
      proxy.breakConnections();
      assert.equal(await completing, 'done');
      await mustBeOutcome(subject.store, request(key));
    } finally {
      await store.close();
      await proxy.cut();
    }
  });
});
