import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { assert } from '../helpers/assert';
import {
  FAILURE_TYPES,
  InvalidOptionError,
  OncePlugin,
  SchemaNotMigratedError,
  StoreUnavailableError,
  type OncePluginOptions,
} from '../../src';
import { failureOf } from './support/failures';
import { DATABASE_URL, randomId, World } from './support/world';

describe('[integration] bad input', () => {
  let world: World;
  before(async () => (world = await World.open()));
  after(() => world.close());

  const wrongOptions: [string, object, RegExp][] = [
    ['an unknown option', { postgre: 'x' }, /postgre/],
    ['no Postgres', { postgres: undefined }, /postgres/],
    ['a bad duration', { redisMaxAge: 'soon' }, /redisMaxAge/],
    ['a bad schema name', { schema: 'Robert"; DROP' }, /schema/],
    ['an unknown field of a policy', { activities: { x: { kye: 'k' } } }, /kye/],
    ['an unknown whenRunning', { default: { whenRunning: 'panic' } }, /whenRunning/],
    ['a short secret', { secret: 'short' }, /secret/],
  ];
  for (const [what, options, names] of wrongOptions) {
    it(`${what}: a typed error that names it`, () => {
      const given = { postgres: DATABASE_URL, ...options } as OncePluginOptions;
      assert.throws(
        () => new OncePlugin(given),
        (error) => error instanceof InvalidOptionError && names.test(error.message),
      );
    });
  }

  it('unreachable Postgres: no worker', async () => {
    const plugin = new OncePlugin({ postgres: 'postgres://nobody@127.0.0.1:1/none', storePatienceMs: 200 });
    await assert.rejects(world.worker({ plugins: [plugin] }), StoreUnavailableError);
  });

  it('an unmigrated schema: no worker, and nothing written', async () => {
    const schema = randomId('never');
    const plugin = world.plugin({ schema, migrate: false });
    await assert.rejects(world.worker({ plugins: [plugin] }), SchemaNotMigratedError);
    const { rows } = await world.pool.query(`SELECT 1 FROM pg_namespace WHERE nspname = $1`, [schema]);
    assert.equal(rows.length, 0);
  });

  it('an unknown category in a call fails it without running the body', async () => {
    await refusedCall('category', { key: 'k', category: 'no such' }, FAILURE_TYPES.invalidOption);
  });

  it('an oversized key fails the call without running the body', async () => {
    await refusedCall('oversized', { key: 'k'.repeat(20_000) }, FAILURE_TYPES.invalidKey);
  });

  async function refusedCall(name: string, idempotency: object, type: string): Promise<void> {
    await world.during({ activities: { [name]: async () => world.effects.add(name) } }, async (queue) => {
      const failure = await failureOf(world.execute('call', queue, [name, [], { idempotency }]));
      assert.equal(failure.type, type);
      assert.equal(failure.nonRetryable, true);
    });
    assert.equal(await world.effects.count(name), 0);
  }

  it('an unknown field in workflow code fails the workflow task and names it', async () => {
    await world.during({ activities: { work: async () => world.effects.add('work') } }, async (queue) => {
      const handle = await world.start('call', queue, ['work', [], { idempotency: { keey: 'k' } }]);
      const message = await taskFailure(handle);
      assert.match(message, /idempotency\.keey/);
      assert.match(message, /unknown option/);
      await handle.terminate();
    });
    assert.equal(await world.effects.count('work'), 0);
  });
});

async function taskFailure(handle: WorkflowHandle): Promise<string> {
  for (let n = 0; n < 100; n++) {
    const { events } = await handle.fetchHistory();
    for (const { workflowTaskFailedEventAttributes: failed } of events ?? []) {
      if (failed?.failure?.message != null) return failed.failure.message;
    }
    await sleep(100);
  }
  throw new Error('no workflow task failed');
}
