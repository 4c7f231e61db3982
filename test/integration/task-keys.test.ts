import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { currentClaim } from '../../src';
import { assert } from '../helpers/assert';
import { World } from './support/world';

const root = dirname(require.resolve('temporal-once/package.json'));
const vectors = JSON.parse(readFileSync(join(root, 'docs/task-key-vectors.json'), 'utf8')) as readonly {
  readonly key: string;
}[];

describe('[integration] task keys and options in workflow code', () => {
  let world: World;
  before(async () => (world = await World.open()));
  after(() => world.close());

  const workflowsPath = require.resolve('./workflows/task-keys');

  it('every vector holds in the sandbox, time zones and digests included', async () => {
    const keys = await world.during({ workflowsPath }, (queue) =>
      world.execute<string[]>('keysOf', queue, [vectors]),
    );
    assert.deepEqual(
      keys,
      vectors.map(({ key }) => key),
    );
  });

  it('frozen options go through proxyActivities, merge with those of one call, and reach the worker', async () => {
    const close = async (ticketId: number): Promise<string> => {
      await world.effects.add('close', String(ticketId));
      return currentClaim().key;
    };
    const keys = await world.during({ workflowsPath, activities: { close } }, (queue) =>
      world.execute<string[]>('closeTwice', queue, [7]),
    );
    assert.deepEqual(keys, [
      '1/default/global/close/autoclose:7:2025-10-01',
      '1/default/global/close/autoclose:7:2025-10-01',
      '1/default/global/close/autoclose:7:2025-10-02',
    ]);
    assert.equal(await world.effects.count('close'), 2);
    const { rows } = await world.pool.query<{ hours: string }>(
      `SELECT extract(epoch FROM ends_at - settled_at) / 3600 AS hours FROM ${world.schema}.records WHERE type = 'close'`,
    );
    assert.deepEqual(
      rows.map(({ hours }) => Math.round(Number(hours))),
      [4, 4],
      'the retention of the category',
    );
  });
});
