import { ApplicationFailure } from '@temporalio/common';
import { FAILURE_TYPES, idempotent, step } from '../../src';
import { assert } from '../helpers/assert';
import { Children } from './support/children';
import { BoundEncryption } from './support/encryption';
import { failureOf } from './support/failures';
import { REDIS_URL, World } from './support/world';

const SECRET = 'plaintext-marker-of-a-step-91c2';

describe('[integration] steps', () => {
  const dataConverter = { payloadCodecs: [new BoundEncryption()] };
  let world: World;
  before(async () => (world = await World.open({ dataConverter })));
  after(() => world.close());

  const given = (activities: object) => ({
    activities,
    dataConverter,
    plugins: [world.plugin(REDIS_URL === undefined ? {} : { redis: REDIS_URL })],
  });

  /** Charges in a step, then fails on its first attempts. */
  const shop = (failures: number) => {
    let attempts = 0;
    return {
      buy: async (id: string) => {
        const charge = await step('charge', async () => {
          await world.effects.add('charge', id);
          return { secret: SECRET, by: ++attempts };
        });
        await world.effects.add('ship', id);
        if ((await world.effects.notes('ship')).filter((one) => one === id).length <= failures)
          throw ApplicationFailure.retryable('no van');
        return charge;
      },
    };
  };
  const of = async (name: string, id: string): Promise<number> =>
    (await world.effects.notes(name)).filter((one) => one === id).length;

  for (const [what, options] of [
    ['an activity that nothing is said of', {}],
    ['an activity with a key', { idempotency: { key: 'keyed' } }],
  ] as const) {
    it(`${what}: its retries skip the finished step and get its value`, async () => {
      await world.during(given(shop(2)), async (queue) => {
        const bought = await world.execute('call', queue, ['buy', [what], options]);
        assert.deepEqual(bought, { secret: SECRET, by: 1 });
      });
      assert.deepEqual([await of('charge', what), await of('ship', what)], [1, 3]);
    });
  }

  it('goes on in another workflow when the first one has given up, and with another codec context', async () => {
    await world.during(given(shop(1)), async (queue) => {
      const options = { retry: { maximumAttempts: 1 }, idempotency: { key: 'handed-on' } };
      const buy = () => world.execute('call', queue, ['buy', ['two flows'], options]);
      assert.match((await failureOf(buy())).message, /no van/);
      assert.deepEqual(await buy(), { secret: SECRET, by: 1 });
    });
    assert.deepEqual([await of('charge', 'two flows'), await of('ship', 'two flows')], [1, 2]);
  });

  it('the declared type of an activity’s result is not applied to the values of its steps', async () => {
    const outputType = {
      transferTypeConverter: {
        toTransferType: (receipt: { toll: Map<string, number> }) => [...receipt.toll],
        fromTransferType: (entries: [string, number][]) => ({ toll: new Map(entries) }),
      },
    };
    let runs = 0;
    const typed = async () => {
      const count = await step('count', () => ++runs);
      await world.effects.add('typed', String(count));
      if ((await world.effects.count('typed')) === 1) throw ApplicationFailure.retryable('once more');
      return { toll: new Map([['bridge', count]]) };
    };
    const activityDefinitionOptions = { typeInfo: { outputType } };
    await world.during(
      given({ typed: Object.assign(typed, { activityDefinitionOptions }) }),
      async (queue) => {
        assert.deepEqual(await world.execute('call', queue, ['typed', [], {}]), [['bridge', 1]]);
      },
    );
    assert.deepEqual(await world.effects.notes('typed'), ['1', '1']);
  });

  it('at rest there is ciphertext only', async () => {
    const { rows } = await world.pool.query<{ row: string; payload: Buffer }>(
      `SELECT s::text AS row, payload FROM ${world.schema}.steps s`,
    );
    assert.ok(rows.length >= 3);
    for (const { row, payload } of rows) {
      assert.ok(!row.includes(SECRET) && !payload.includes(SECRET));
      assert.ok(payload.includes('binary/encrypted'));
    }
  });

  it('a step in a transactional activity is refused before it runs, without a retry', async () => {
    let ran = 0;
    const pay = idempotent.transactional({ key: (id: string) => id }, async (tx, id: string) => {
      await tx.query(`INSERT INTO ${world.effects.table} (name, note, pid) VALUES ('pay', $1, 0)`, [id]);
      return step('charge', () => ++ran);
    });
    await world.during(given({ pay }), async (queue) => {
      const failure = await failureOf(world.execute('call', queue, ['pay', ['p1']]));
      assert.deepEqual([failure.type, failure.nonRetryable], [FAILURE_TYPES.refused, true]);
      assert.match(failure.message, /step charge was called in a transactional activity/);
    });
    assert.deepEqual([ran, await world.effects.count('pay')], [0, 0]);
  });

  it('a value that can’t be kept fails the activity without a retry, which would repeat the effect', async () => {
    let ran = 0;
    const lot = () => step('lot', () => BigInt(++ran));
    await world.during(given({ lot }), async (queue) => {
      const failure = await failureOf(world.execute('call', queue, ['lot', [], {}]));
      assert.deepEqual([failure.type, failure.nonRetryable], [FAILURE_TYPES.stepNotRecorded, true]);
    });
    assert.equal(ran, 1);
  });
});

describe('[integration] steps of a worker killed with SIGKILL', () => {
  let world: World;
  let children: Children;
  before(async () => {
    world = await World.open();
    children = new Children(world, { respawn: true });
    await children.spawn();
  });
  after(async () => {
    await children.stop();
    await world.close();
  });

  it('the next start takes over at once, skips the finished step and runs only the rest', async () => {
    const options = {
      startToCloseTimeout: '2s',
      retry: { initialInterval: '50ms' },
      idempotency: { key: 'steps-1', category: 'critical' },
    };
    const result = await world.execute('call', children.taskQueue, ['dieAfterStep', ['s1'], options]);
    const [died] = await world.effects.notes('died after step s1');
    assert.deepEqual(result, { charged: died, shipped: 'as run 2' });
    assert.equal(await world.effects.count('charged s1'), 1);
    assert.equal(await world.effects.count('shipped s1'), 1);
    assert.equal(children.kills, 1);
  });
});
