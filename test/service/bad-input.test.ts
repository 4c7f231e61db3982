import {
  Idempotency,
  InvalidKeyError,
  InvalidOptionError,
  NotRepresentableError,
  OnceError,
  SchemaNotMigratedError,
  StoreUnavailableError,
} from '../../src';
import { MemoryStore } from '../../src/testing';
import { assert } from '../helpers/assert';
import { dropSchema, env, freePort, need, openPool, randomName } from '../helpers/services';

describe('[edge] bad input: one typed error that names the option', () => {
  const once = Idempotency.on(new MemoryStore());
  const run = (change: Record<string, unknown>) => () =>
    once.run({ type: 't', key: 'k', ...change }, () => assert.fail('the body ran'));

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

  it('run: a key without a faithful form is refused with its path', async () => {
    await assert.rejects(
      run({ key: { items: [1, 2, { fn: () => 1 }] } }),
      (error) => error instanceof NotRepresentableError && error.path === 'key.items[2].fn',
    );
  });

  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  let deep: unknown = 1;
  for (let level = 0; level < 10_000; level++) deep = [deep];
  const impossible: Readonly<Record<string, unknown>> = {
    'a function': () => 1,
    'a symbol': Symbol('s'),
    'a value that refers to itself': cyclic,
    'ten thousand levels': deep,
  };
  for (const [what, value] of Object.entries(impossible)) {
    it(`run: ${what} as an argument is refused with its path`, async () => {
      await assert.rejects(
        once.run({ type: 't', args: [value] }, () => assert.fail('the body ran')),
        (error) => error instanceof OnceError && /^args\[0\]/.test((error as { path?: string }).path ?? ''),
      );
    });
  }

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
      const asked = Idempotency.connect({
        postgres: env('DATABASE_URL'),
        schema,
        migrate: true,
        ...change,
      });
      try {
        await assert.rejects(
          asked,
          (error) => error instanceof InvalidOptionError && error.option.split('.').includes(option),
        );
        const pool = openPool({ max: 1 });
        const { rows } = await pool.query('SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1', [
          schema,
        ]);
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
