import {
  Idempotency,
  InvalidKeyError,
  InvalidOptionError,
  NotRepresentableError,
  SchemaNotMigratedError,
  StoreUnavailableError,
  TooDeepError,
} from '../../src';
import { MemoryStore } from '../../src/testing';
import { assert } from '../helpers/assert';
import { TestProcess } from '../helpers/processes';
import { dropSchema, env, freePort, need, openPool, randomName } from '../helpers/services';
import { newName, Services } from './open';

const HOUR_MS = 3_600_000;

describe('[edge] retention', () => {
  const once = Idempotency.on(new MemoryStore(), { categories: { report: '12h', mine: '30m' } });

  const expected: Readonly<Record<string, number>> = {
    default: HOUR_MS,
    critical: 4 * HOUR_MS,
    report: 12 * HOUR_MS,
    email: 2 * HOUR_MS,
    mutation: 6 * HOUR_MS,
    maintenance: 12 * HOUR_MS,
    mine: HOUR_MS / 2,
  };
  for (const [category, ms] of Object.entries(expected)) {
    it(`category ${category}: ${ms / HOUR_MS} h`, async () => {
      const operation = { type: 't', key: newName(), category };
      await once.run(operation, () => 1);
      const left = (await once.lookup(operation))?.remainingMs ?? 0;
      assert.ok(left > ms - 5_000 && left <= ms, `${left}`);
    });
  }

  it('ttl wins over the category, setRetention over both', async () => {
    const operation = { type: 't', key: newName(), category: 'report', ttl: '10m' };
    await once.run(operation, () => 1);
    assert.ok(((await once.lookup(operation))?.remainingMs ?? 0) <= 600_000);
    const own = { ...operation, key: newName() };
    await once.run(own, ({ setRetention }) => setRetention('4h'));
    const left = (await once.lookup(own))?.remainingMs ?? 0;
    assert.ok(left > 3.9 * HOUR_MS && left <= 4 * HOUR_MS);
  });

  it('a bad retention is refused inside the body, which is then a clean retry', async () => {
    const operation = { type: 't', key: newName() };
    await assert.rejects(
      once.run(operation, ({ setRetention }) => setRetention('soon')),
      InvalidOptionError,
    );
    assert.equal(await once.run(operation, () => 'again'), 'again');
  });
});

describe('[edge] bad input: one typed error that names the option', () => {
  const once = Idempotency.on(new MemoryStore());
  const run = (change: Record<string, unknown>) => () =>
    once.run({ type: 't', key: 'k', ...change } as never, () => assert.fail('the body ran'));

  const operations: readonly [string, string, Record<string, unknown>][] = [
    ['an unknown option', 'keyy', { keyy: 'k2' }],
    ['a bad ttl', 'ttl', { ttl: 'soon' }],
    ['a ttl of nothing', 'ttl', { ttl: 0 }],
    ['a bad errorTtl', 'errorTtl', { errorTtl: '-1h' }],
    ['an unknown category', 'category', { category: 'urgent' }],
    ['an unknown whenRunning', 'whenRunning', { whenRunning: 'panic' }],
    ['cacheErrors that is no list', 'cacheErrors', { cacheErrors: 'Declined' }],
    ['args that are no list', 'args', { args: { a: 1 } }],
    ['a fingerprint that is no function', 'fingerprint', { fingerprint: true }],
  ];
  for (const [what, option, change] of operations) {
    it(`run: ${what} names ${option}`, async () => {
      await assert.rejects(
        run(change),
        (error) => error instanceof InvalidOptionError && error.option.split('.').includes(option),
      );
    });
  }

  it('run: bad keys, types and scopes name their part', async () => {
    const bad: readonly [string, Record<string, unknown>][] = [
      ['type', { type: '' }],
      ['key', { key: 'x'.repeat(5_000) }],
      ['scope', { scope: 'workflow' }],
      ['scope', { scope: 'everywhere' }],
    ];
    for (const [part, change] of bad) {
      await assert.rejects(
        run(change),
        (error) =>
          (error instanceof InvalidKeyError && error.part.startsWith(part)) ||
          (error instanceof InvalidOptionError && error.option.includes(part)),
        part,
      );
    }
  });

  it('run: arguments without a faithful form are refused with their path', async () => {
    await assert.rejects(
      once.run({ type: 't', args: [{ items: [1, 2, { fn: () => 1 }] }] }, () => 1),
      (error) => error instanceof NotRepresentableError && error.path === 'args[0].items[2].fn',
    );
    let deep: unknown = 1;
    for (let level = 0; level < 10_000; level++) deep = [deep];
    await assert.rejects(
      once.run({ type: 't', args: [deep] }, () => 1),
      TooDeepError,
    );
  });

  const connects: readonly [string, string, Record<string, unknown>][] = [
    ['an unknown option', 'postgress', { postgress: 'x' }],
    ['no Postgres', 'postgres', { postgres: undefined }],
    ['a bad duration', 'redisMaxAge', { redisMaxAge: 'soon' }],
    ['a bad wait', 'waitTimeout', { waitTimeout: 'soon' }],
    ['a bad category', 'report', { categories: { report: 'long' } }],
    ['a bad schema name', 'schema', { schema: 'Robert"; DROP' }],
    ['a short secret', 'secret', { secret: 'short' }],
    ['an empty secret in bytes', 'secret', { secret: new Uint8Array(0) }],
    ['a lease too short', 'leaseMs', { leaseMs: 10 }],
    ['a bad number', 'maxWaiters', { maxWaiters: -1 }],
    ['three key forms', 'keyForms', { keyForms: [{ version: 1 }, { version: 1 }, { version: 1 }] }],
    ['key forms beside a secret', 'keyForms', { keyForms: [{ version: 1 }], secret: 'a secret of length' }],
    ['an unknown policy for outages', 'onStoreUnavailable', { onStoreUnavailable: 'hope' }],
    ['a bad prefix', 'prefix', { prefix: 'a b' }],
    ['a Redis that is none', 'redis', { redis: {} }],
  ];
  for (const [what, option, change] of connects) {
    it(`connect: ${what} names ${option}, before anything is written`, async function () {
      need(this, 'DATABASE_URL');
      const schema = randomName('once_test');
      const asked = Idempotency.connect({ postgres: env('DATABASE_URL'), schema, migrate: true, ...change } as never);
      try {
        await assert.rejects(
          asked,
          (error) => error instanceof InvalidOptionError && error.option.split('.').includes(option),
        );
        const pool = openPool({ max: 1 });
        const { rows } = await pool.query('SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1', [schema]);
        await pool.end();
        assert.equal(rows.length, 0, 'the schema was not created');
      } finally {
        await dropSchema(schema);
      }
    });
  }

  it('connect: Postgres that is not there, and a schema that was never migrated', async function () {
    need(this, 'DATABASE_URL');
    const nowhere = `postgres://nobody@127.0.0.1:${await freePort()}/x`;
    await assert.rejects(Idempotency.connect({ postgres: nowhere }), StoreUnavailableError);
    const schema = randomName('once_test');
    await assert.rejects(
      Idempotency.connect({ postgres: env('DATABASE_URL'), schema }),
      (error) => error instanceof SchemaNotMigratedError && error.message.includes(schema),
    );
  });
});

describe('[edge] connections', () => {
  const services = new Services();
  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
    await services.connect();
  });
  after(() => services.close());

  for (const redis of [true, false]) {
    it(`close leaves no handle: a process that ran ends by itself (${redis ? 'with' : 'without'} Redis)`, async () => {
      const child = TestProcess.start('closer', { schema: services.schema, prefix: services.prefix, redis });
      await child.next('closed');
      const closedAt = performance.now();
      assert.deepEqual(await child.exited, { code: 0, signal: null });
      assert.ok(performance.now() - closedAt < 3_000);
    });
  }

  it('a pool of the user’s own stays open', async () => {
    const pool = openPool();
    const once = await Idempotency.connect({ postgres: pool, schema: services.schema });
    assert.equal(await once.run({ type: 't', key: newName() }, () => 1), 1);
    await once.close();
    assert.equal((await pool.query('SELECT 1 AS one')).rows.length, 1);
    await pool.end();
  });
});
