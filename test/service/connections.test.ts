import { Idempotency } from '../../src';
import { assert } from '../helpers/assert';
import { TestProcess } from '../helpers/processes';
import { startRedisCluster, startRedisSentinels } from '../helpers/redis-groups';
import { env, need, openPool } from '../helpers/services';
import { newName, Services } from './open';

describe('[edge] connections', () => {
  const services = new Services();
  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
    await services.connect();
  });
  after(() => services.close());

  async function endsByItself(redis?: string): Promise<void> {
    const child = TestProcess.start('closer', {
      schema: services.schema,
      prefix: services.prefix,
      ...(redis === undefined ? {} : { redis }),
    });
    await child.next('closed');
    const closedAt = performance.now();
    assert.deepEqual(await child.exited, { code: 0, signal: null });
    assert.ok(performance.now() - closedAt < 3_000);
  }

  for (const redis of [true, false])
    it(`close leaves no handle: a process that ran ends by itself (${redis ? 'with' : 'without'} Redis)`, () =>
      endsByItself(redis ? env('REDIS_URL') : undefined));

  for (const [name, start] of [
    ['a Redis Cluster', startRedisCluster],
    ['Redis Sentinels', startRedisSentinels],
  ] as const)
    it(`close leaves no handle: a process that ran ends by itself (with ${name})`, async function () {
      need(this, 'ONCE_REDIS_SERVER_BIN');
      const group = await start();
      try {
        await endsByItself(group.address);
      } finally {
        await group.stop();
      }
    });

  it('a pool of the user’s own stays open', async () => {
    const pool = openPool();
    const once = await Idempotency.connect({ postgres: pool, schema: services.schema });
    assert.equal(await once.run({ type: 't', key: newName() }, () => 1), 1);
    await once.close();
    assert.equal((await pool.query('SELECT 1 AS one')).rows.length, 1);
    await pool.end();
  });
});
