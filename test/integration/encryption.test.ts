import { ApplicationFailure } from '@temporalio/common';
import { Redis } from 'ioredis';
import { assert } from '../helpers/assert';
import { BoundEncryption } from './support/encryption';
import { failureOf } from './support/failures';
import { REDIS_URL, World } from './support/world';

const SECRET = 'plaintext-marker-5f3a';

describe('[integration] a codec that binds payloads to their workflow and activity', () => {
  const dataConverter = { payloadCodecs: [new BoundEncryption()] };
  let world: World;
  before(async () => (world = await World.open({ dataConverter })));
  after(() => world.close());

  const activities = {
    reveal: async (id: string) => {
      await world.effects.add('reveal', id);
      return { secret: SECRET, id };
    },
    fail: async (id: string): Promise<never> => {
      await world.effects.add('fail', id);
      throw ApplicationFailure.create({
        message: 'no',
        type: 'No',
        nonRetryable: true,
        details: [{ secret: SECRET }],
        cause: ApplicationFailure.create({ message: 'why', details: [SECRET] }),
      });
    },
  };
  const given = () => ({
    activities,
    dataConverter,
    plugins: [world.plugin(REDIS_URL === undefined ? {} : { redis: REDIS_URL })],
  });

  it('results replay across workflows', async () => {
    await world.during(given(), async (queue) => {
      const once = () => world.execute('call', queue, ['reveal', ['e1'], { idempotency: { key: 'e1' } }]);
      const [a, b] = await Promise.all([once(), once()]);
      const c = await once();
      for (const result of [a, b, c]) assert.deepEqual(result, { secret: SECRET, id: 'e1' });
    });
    // Another worker, with nothing in memory.
    await world.during(given(), async (queue) => {
      const result = await world.execute('call', queue, ['reveal', ['e1'], { idempotency: { key: 'e1' } }]);
      assert.deepEqual(result, { secret: SECRET, id: 'e1' });
    });
    assert.equal(await world.effects.count('reveal'), 1);
  });

  it('failures replay across workflows, with their details', async () => {
    await world.during(given(), async (queue) => {
      for (let round = 0; round < 2; round++) {
        const failure = await failureOf(
          world.execute('call', queue, ['fail', ['f1'], { idempotency: { key: 'f1' } }]),
        );
        assert.deepEqual(failure.details, [{ secret: SECRET }]);
        assert.deepEqual((failure.cause as ApplicationFailure).details, [SECRET]);
      }
    });
    assert.equal(await world.effects.count('fail'), 1);
  });

  it('at rest in Postgres there is ciphertext only', async () => {
    const { rows } = await world.pool.query<{ state: number; row: string; payload: Buffer }>(
      `SELECT state, r::text AS row, payload FROM ${world.schema}.records r WHERE payload IS NOT NULL`,
    );
    assert.deepEqual(rows.map(({ state }) => state).sort(), [2, 3]);
    for (const { row, payload } of rows) {
      assert.ok(!row.includes(SECRET) && !payload.includes(SECRET));
      assert.ok(payload.includes('binary/encrypted'));
    }
  });

  it('at rest in Redis there is ciphertext only', async function () {
    if (REDIS_URL === undefined) return this.skip();
    const redis = new Redis(REDIS_URL);
    try {
      const keys = await redis.keys(`*${world.prefix}*`);
      assert.ok(keys.length > 0, 'something was cached');
      let payloads = 0;
      for (const key of keys) {
        const bytes = (await redis.getBuffer(key)) ?? Buffer.alloc(0);
        assert.ok(!bytes.includes(SECRET) && !key.includes(SECRET));
        if (bytes.includes('encrypted')) payloads++;
      }
      assert.ok(payloads > 0, 'results are among what was cached');
    } finally {
      redis.disconnect();
    }
  });
});
