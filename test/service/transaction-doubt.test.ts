import { setTimeout as sleep } from 'node:timers/promises';
import { defaultDataConverter } from '@temporalio/common';
import type { Pool, PoolClient } from 'pg';
import { StoreUnavailableError } from '../../src';
import type { Call } from '../../src/idempotency/call';
import { OutcomeCodec } from '../../src/idempotency/codec';
import { Engine } from '../../src/idempotency/engine';
import { lockCall } from '../../src/idempotency/lock';
import { newOwner } from '../../src/idempotency/owner';
import { onPool } from '../../src/idempotency/transaction';
import type { Queryable, TransactionalStore } from '../../src/stores/store';
import { assert } from '../helpers/assert';
import { env, need, openPool } from '../helpers/services';
import { newPostgresStore, openPostgresSubject, type PostgresSubject } from '../stores/open';
import { TcpProxy } from '../stores/tcp-proxy';
import { newName } from './open';

const SETTINGS = { leaseMs: 5_000, maxResultBytes: 1_000, maxWaiters: 10 };

describe('[faults] a transaction whose end is in doubt (G4)', () => {
  let subject: PostgresSubject;
  let proxy: TcpProxy;
  let effects: string;
  const pools: Pool[] = [];
  before(async function () {
    need(this, 'DATABASE_URL');
    subject = await openPostgresSubject({}, { others: 0 });
    const url = new URL(env('DATABASE_URL'));
    proxy = await TcpProxy.to(url.hostname, Number(url.port || 5432));
    effects = `"${subject.schema}".effects`;
    await subject.pool.query(`CREATE TABLE ${effects} (name text NOT NULL)`);
  });
  after(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    await proxy?.cut();
    await subject?.close();
  });

  /** A pool behind the proxy; something happens instead of, or besides, its COMMIT. */
  function poolWhere(commit: (send: () => Promise<unknown>) => Promise<unknown>): Pool {
    const url = new URL(env('DATABASE_URL'));
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    const pool = openPool({ connectionString: url.href, query_timeout: 2_000 });
    pools.push(pool);
    const connect = pool.connect.bind(pool) as () => Promise<PoolClient>;
    const wrapped = async () => {
      const client = await connect();
      const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
      client.on('error', () => undefined);
      return Object.assign(client, {
        query: (...args: unknown[]) => (args[0] === 'COMMIT' ? commit(() => query(...args)) : query(...args)),
      });
    };
    return Object.assign(pool, { connect: wrapped });
  }

  function transactionalCall(pool: Pool): Call {
    const defaults = { namespace: 'default', maxHoldMs: 60_000, waitMs: 5_000 };
    const codec = new OutcomeCodec(defaultDataConverter);
    return {
      ...lockCall(newName('transfer'), {}, { ...defaults, codec }),
      ...{ type: 'transfer', door: 'activity', owner: newOwner('test'), recordsNothing: false },
      ...{ retentionMs: 60_000, transactional: onPool(pool), onStoreUnavailable: 'proceed' },
    };
  }

  const effect = (name: string) => async (_claim: unknown, tx: unknown) => {
    await (tx as Queryable).query(`INSERT INTO ${effects} VALUES ($1)`, [name]);
    return name;
  };

  async function effectsOf(name: string): Promise<number> {
    return (await subject.pool.query(`SELECT 1 FROM ${effects} WHERE name = $1`, [name])).rows.length;
  }

  it('a commit whose reply was lost is looked up: its caller gets the result, the effect is there once', async () => {
    const pool = poolWhere((send) => {
      proxy.loseReplies();
      void sleep(200).then(() => {
        proxy.loseReplies(false);
        proxy.breakConnections();
      });
      return send();
    });
    const engine = new Engine(subject.store, SETTINGS);
    const call = transactionalCall(pool);
    const name = call.keys[0] as string;
    assert.equal(await engine.execute(call, effect(name)), name);
    assert.equal((await subject.store.lookup(name))?.state, 'completed');
    assert.equal(await effectsOf(name), 1);
  });

  it('a commit that never arrived is none: an error, no effect, and the key is free', async () => {
    const pool = poolWhere(async () => {
      proxy.breakConnections();
      await sleep(20);
      throw new Error('the connection broke');
    });
    const engine = new Engine(subject.store, SETTINGS);
    const call = transactionalCall(pool);
    const name = call.keys[0] as string;
    await assert.rejects(engine.execute(call, effect(name)), /connection broke/);
    assert.equal(await subject.store.lookup(name), undefined);
    assert.equal(await effectsOf(name), 0);
  });

  it('without a store it never starts, not even where others proceed unprotected', async () => {
    const nowhere = openPool({ connectionString: 'postgres://nobody@127.0.0.1:1/nothing' });
    const away: TransactionalStore = newPostgresStore(nowhere, subject.schema, 100);
    const engine = new Engine(away, SETTINGS);
    let runs = 0;
    const body = () => Promise.resolve(++runs);
    await assert.rejects(engine.execute(transactionalCall(subject.pool), body), StoreUnavailableError);
    assert.equal(runs, 0);
    await nowhere.end();
  });
});
