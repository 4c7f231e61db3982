import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Idempotency } from '../../src';
import { assert } from '../helpers/assert';
import { TestProcess } from '../helpers/processes';
import { need, openRedis, until } from '../helpers/services';
import { openCache } from '../stores/open';
import { gate, newName, Services } from './open';

/** What a client was asked, command by command. */
function listening(client: Redis): { readonly heard: Redis; readonly commands: unknown[][] } {
  const commands: unknown[][] = [];
  const heard = new Proxy(client, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      if (name !== 'callBuffer') return member.bind(target) as unknown;
      return (...args: [string]) => {
        commands.push(args);
        return target.callBuffer(...args);
      };
    },
  });
  return { heard, commands };
}

describe('[duplicates] service, where nearly every call is the first of its key', () => {
  const services = new Services();
  let client: Redis;
  let commands: unknown[][];
  let once: Idempotency;
  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
    client = openRedis();
    await client.connect();
    const { heard, commands: said } = listening(client);
    commands = said;
    once = await services.connect({ redis: heard });
  });
  after(async () => {
    await services.close();
    client?.disconnect();
  });
  const of = (command: string) => commands.filter(([name]) => name === command);
  const firsts = async (type: string, count: number): Promise<void> => {
    const keys = Array.from({ length: count }, () => newName());
    for (const key of keys) await once.run({ type, key }, () => key);
  };

  it('Redis is neither asked nor filled, and one duplicate brings both back', async () => {
    const type = newName('rare');
    await firsts(type, 300);
    await until(() => of('publish').length > 0);
    await once.stats();
    commands.length = 0;
    await firsts(type, 30);
    await until(() => of('publish').length > 0);
    assert.ok(of('mget').length <= 1, `asked ${of('mget').length} times`);
    assert.equal(of('evalsha').length + of('eval').length, 0, 'nothing was kept');
    const duplicate = { type, key: newName() };
    await once.run(duplicate, () => 'one');
    assert.equal(await once.run(duplicate, () => 'two'), 'one', 'the store decides all the same');
    await until(() => of('evalsha').length > 0);
    commands.length = 0;
    assert.equal(await once.run(duplicate, () => 'two'), 'one');
    assert.equal(of('mget').length, 1, 'asked again');
    await firsts(type, 1);
    await until(() => of('evalsha').length > 0);
    const { counts } = await once.stats();
    const paths = counts.filter((one) => one.type === type).map(({ path }) => path);
    assert.ok(paths.includes('postgres') && paths.includes('redis'), paths.join());
  });

  it('waiters elsewhere are told in one message, and nothing is kept', async () => {
    const other = await openCache({ prefix: services.prefix });
    const { heard, commands: said } = listening(client);
    const cache = await openCache({ prefix: services.prefix, client: heard, ownsClient: false });
    const signal = new AbortController().signal;
    // The first wait subscribes; give the subscription its moment.
    await other.changed('nothing', 200, signal);
    const keys = Array.from({ length: 5 }, () => newName());
    const startedAt = performance.now();
    const waiting = Promise.all(keys.map((key) => other.changed(key, 20_000, signal)));
    await Promise.all(keys.map((key) => cache.tell(key)));
    await waiting;
    assert.ok(performance.now() - startedAt < 2_000, 'at once, not by looking again');
    const published = said.filter(([name]) => name === 'publish');
    assert.equal(published.length, 1);
    assert.equal(String(published[0]?.[2]).split('\n').length, 5);
    for (const key of keys) assert.equal(await other.get(key), undefined);
    await other.close();
    await cache.close();
  });

  it('waiters of another process have their answers at once, not when they look again', async () => {
    const type = newName('told');
    await firsts(type, 200);
    let lateMs = [Infinity];
    // Untold, eight that look once a second are all in time once in five hundred rounds.
    for (let round = 0; round < 3 && !(Math.max(...lateMs) < 450); round++) lateMs = await told(type);
    assert.ok(Math.max(...lateMs) < 450, `${lateMs.map(Math.round).join(' ')} ms`);
  });

  /** How long after the holders' end the waiters of another process had each answer. */
  async function told(type: string): Promise<number[]> {
    const keys = Array.from({ length: 8 }, () => newName());
    const held = gate();
    const begun = Promise.all(keys.map((key) => once.run({ type, key }, () => held.opened.then(() => key))));
    await until(async () => (await once.lookup({ type, key: keys.at(-1) }))?.state === 'running');
    const { schema, prefix } = services;
    const waiter = TestProcess.start('waiter', { schema, prefix, type, keys });
    await waiter.next('asking');
    // By now it looks again once a second only.
    await sleep(3_500);
    const letGoMs = Number(process.hrtime.bigint()) / 1e6;
    held.open();
    assert.deepEqual(await begun, keys);
    const answers = (await waiter.next('answered'))['answers'] as { result: string; atMs: number }[];
    assert.deepEqual(
      answers.map(({ result }) => result),
      keys,
    );
    assert.deepEqual(await waiter.exited, { code: 0, signal: null });
    return answers.map(({ atMs }) => atMs - letGoMs);
  }
});
