import { assert } from '../../helpers/assert';
import { openRedis, until } from '../../helpers/services';
import type { Desk } from './desk';

const ORDER = { type: 'charge', key: 'order-42' };
const ask = (desk: Desk) => desk.service({ redisMaxAge: '1h' });

export async function redisAway(desk: Desk): Promise<void> {
  const once = await ask(desk);
  await once.run(ORDER, () => 'charged');
  await desk.redis.stop();
  // Duplicates go on being answered, by Postgres.
  for (let n = 0; n < 5; n++) assert.equal(await once.run(ORDER, () => 'never'), 'charged');
  await desk.next();
  await desk.redisAgain();
  await desk.next();
  const redis = openRedis(desk.redisUrl);
  try {
    await redis.connect();
    await until(async () => {
      assert.equal(await once.run(ORDER, () => 'never'), 'charged');
      return (await redis.dbsize()) > 0;
    }, 30_000);
  } finally {
    redis.disconnect();
  }
}

export async function redisFlaps(desk: Desk): Promise<void> {
  const once = await ask(desk);
  await once.run(ORDER, () => 'charged');
  const neighbour = openRedis(desk.redisUrl);
  try {
    await neighbour.connect();
    const slow = neighbour.eval(
      "local t = redis.call('TIME') local function ms() local n = redis.call('TIME') return (n[1] - t[1]) * 1000 + (n[2] - t[2]) / 1000 end while ms() < 500 do end return 1",
      0,
    );
    assert.equal(await once.run(ORDER, () => 'never'), 'charged');
    await slow;
    const [newest] = (await neighbour.slowlog('GET', 1)) as [number, number, number, string[]][];
    assert.ok(newest);
    const [, , tookUs, [command]] = newest;
    assert.equal(command, 'eval');
    assert.ok(tookUs >= 500_000, `${tookUs} µs`);
  } finally {
    neighbour.disconnect();
  }
  await desk.next(2);
}

export async function clearsNotTold(desk: Desk): Promise<void> {
  const once = await ask(desk);
  await once.run(ORDER, () => 'charged');
  await desk.redis.stop();
  await desk.next(3);
  // Left open it may tell Redis of the clear itself, before the upkeep does.
  await once.close();
  await desk.redisAgain();
  await desk.next(2);
  const again = await ask(desk);
  assert.equal(await again.run(ORDER, () => 'charged again'), 'charged again');
}

export async function redisMemory(desk: Desk): Promise<void> {
  const once = await ask(desk);
  await once.run(ORDER, () => 'charged');
  const redis = openRedis(desk.redisUrl);
  try {
    await redis.connect();
    await until(async () => (await redis.dbsize()) > 0);
    await desk.next(3);
    const size = (await redis.info('memory')).match(/used_memory:(\d+)/)?.[1];
    await redis.config('SET', 'maxmemory', String(Number(size) + 2 ** 23));
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    // One after the other, so that what is on the way counts little; of several types, for one that is never asked for again is
    // soon not put in any more.
    let n = 0;
    const fillUntil = async (section: string, holds: RegExp): Promise<void> => {
      while (!holds.test(await redis.info(section)) && n < 2_000) {
        const one = { type: `export-${n % 100}`, key: `file-${n}` };
        assert.equal((await once.run(one, () => 'x'.repeat(60_000))).length, 60_000);
        n++;
      }
    };
    await fillUntil('errorstats', /errorstat_OOM/);
    // Full, and every answer is right.
    const last = { type: `export-${(n - 1) % 100}`, key: `file-${n - 1}` };
    assert.equal((await once.run(last, () => 'never')).length, 60_000);
    await desk.next(5);
    await fillUntil('stats', /evicted_keys:[1-9]/);
    assert.match(await redis.info('stats'), /evicted_keys:[1-9]/);
  } finally {
    redis.disconnect();
  }
}
