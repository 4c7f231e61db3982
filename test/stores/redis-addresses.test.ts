import { Cluster, Redis } from 'ioredis';
import { InvalidOptionError } from '../../src';
import { checkRedis } from '../../src/cli/doctor/redis';
import { redisAddress } from '../../src/stores/redis/address';
import type { RedisClient } from '../../src/stores/redis/client';
import { givenRedis } from '../../src/stores/redis/open';
import { slotOf } from '../../src/stores/redis/slot';
import { assert } from '../helpers/assert';
import { startRedisCluster, type RedisCluster } from '../helpers/redis-groups';
import { need } from '../helpers/services';
import { openCache } from './open';
import { newKey } from './subject';

describe('[edge] addresses of Redis', () => {
  it('one server is left to ioredis as it is', () => {
    for (const url of ['redis://h:6379/2', 'rediss://u:p@h', '/tmp/redis.sock', 'localhost'])
      assert.deepEqual(redisAddress(url), { kind: 'server', url });
  });

  it('a cluster and sentinels: nodes, ports, identity, TLS, master and database', () => {
    assert.deepEqual(redisAddress('rediss+cluster://me:s%40c@a:7000,[::1]:7001,b'), {
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 7000 },
        { host: '::1', port: 7001 },
        { host: 'b', port: 6379 },
      ],
      username: 'me',
      password: 's@c',
      tls: true,
    });
    assert.deepEqual(redisAddress('redis+sentinel://:pw@a,b:26380/cache/3'), {
      kind: 'sentinel',
      nodes: [
        { host: 'a', port: 26_379 },
        { host: 'b', port: 26_380 },
      ],
      username: undefined,
      password: 'pw',
      tls: false,
      master: 'cache',
      db: 3,
    });
  });

  for (const [address, word] of [
    ['redis+cluster://', 'no address'],
    ['redis+other://a', 'no address'],
    ['redis+cluster://a:secret@h:99999', 'host'],
    ['redis+cluster://a,,b', 'host'],
    ['redis+cluster://a/1', 'database'],
    ['redis+sentinel://a:secret@h', 'master'],
  ] as const) {
    it(`refuses ${address.replace('secret', '…')}, and shows none of it`, () => {
      assert.throws(
        () => redisAddress(address),
        (error) =>
          error instanceof InvalidOptionError &&
          error.message.includes(word) &&
          !error.message.includes('secret'),
      );
    });
  }

  it('refuses clients that read from replicas, and such as lose the names of commands', () => {
    const lazy = { lazyConnect: true };
    const clients = {
      scaleReads: new Cluster(['redis://127.0.0.1:1'], { ...lazy, scaleReads: 'slave' }),
      role: new Redis({ ...lazy, sentinels: [{ host: '127.0.0.1', port: 1 }], name: 'm', role: 'slave' }),
      enableAutoPipelining: new Redis({ ...lazy, enableAutoPipelining: true }),
    };
    for (const [word, client] of Object.entries(clients)) {
      assert.throws(
        () => givenRedis(client),
        (error) => error instanceof InvalidOptionError && error.message.includes(word),
      );
      client.disconnect();
    }
    for (const client of [new Cluster(['redis://127.0.0.1:1'], lazy), new Redis(lazy)]) {
      assert.equal(givenRedis(client), client);
      client.disconnect();
    }
  });
});

describe('[duplicates] entries in a Redis Cluster', function () {
  this.timeout(60_000);
  let group: RedisCluster;
  before(async function () {
    need(this, 'ONCE_REDIS_SERVER_BIN');
    group = await startRedisCluster();
  });
  after(() => group?.stop());

  it('doctor reads the cluster by its address, and says when a node is taken for all of it', async () => {
    const [whole] = (await checkRedis(group.address)).checks;
    assert.deepEqual([whole?.name, whole?.status], ['redis', 'ok']);
    const [alone] = (await checkRedis(`redis://127.0.0.1:${group.nodes[0]?.port}`)).checks;
    assert.equal(alone?.status, 'fail');
    assert.match(JSON.stringify(alone), /redis\+cluster:/);
  });

  it('slots are those of the server, braces and other scripts included', async () => {
    const [node] = group.nodes;
    for (const name of ['', 'a', 'x:{tag}:y', '{}a', 'a{', '}{', '{{a}}', '{ключ}', 'p:1:1/default/größe/😀'])
      assert.equal(slotOf(name), await node?.ask('cluster', 'keyslot', name), name);
  });

  for (const whose of ['an address', 'a client of one’s own, of whose nodes one is a minute ahead'])
    it(`${whose}: spread over all nodes, each asked of the one that has it`, async () => {
      const client = await group.client();
      const given =
        whose === 'an address'
          ? { address: group.address }
          : { client: withClockAhead(client, group), ownsClient: false };
      const cache = await openCache(given);
      const keys = Array.from({ length: 300 }, newKey);
      const outcome = { state: 'completed', execution: 'e', payload: undefined, context: undefined } as const;
      let redirected = NaN;
      // Twice: by the second time there is a connection to each node, and its clock is known by an answer of its own.
      for (const fence of [1n, 2n]) {
        redirected = await moved(group);
        await Promise.all(
          keys.map((key) =>
            cache.fill(
              key,
              { ...outcome, fence, fingerprint: 'f', retentionLeftMs: 60_000 },
              performance.now(),
            ),
          ),
        );
      }
      const found = await Promise.all(keys.map((key) => cache.get(key)));
      assert.deepEqual([...new Set(found.map((one) => one?.fence))], [2n]);
      for (const node of group.nodes) assert.ok(Number(await node.ask('dbsize')) > 0);
      assert.equal(await moved(group), redirected, 'nobody was sent elsewhere');
      await cache.close();
      client.disconnect();
    });

  it('a fill wakes whoever waits for the key in another process, through any node', async () => {
    const [here, there] = [await openCache({ address: group.address }), await group.client()];
    const other = await openCache({ client: there, ownsClient: false, prefix: here.prefix });
    // The subscription takes its moment: told until it is heard.
    const key = newKey();
    let heard = false;
    const waiting = other.changed(key, 30_000, new AbortController().signal).then(() => (heard = true));
    const startedAtMs = performance.now();
    while (!heard) await Promise.race([waiting, here.tell(key).then(() => here.tell(newKey()))]);
    assert.ok(performance.now() - startedAtMs < 29_000);
    await here.close();
    await other.close();
    there.disconnect();
  });
});

/** As if the clock of the first node were a minute ahead: in what it is told and in what it says. */
function withClockAhead(client: Cluster, group: RedisCluster): RedisClient {
  const aheadMs = 60_000;
  const isAhead = (name: unknown): boolean =>
    client.slots[slotOf(String(name))]?.[0] === `127.0.0.1:${group.nodes[0]?.port}`;
  return new Proxy(client, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property);
      if (property !== 'callBuffer')
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      return async (command: string, ...args: (string | Buffer | number)[]) => {
        if (!command.startsWith('eval') || !isAhead(args[2])) return target.callBuffer(command, ...args);
        const told = args.length > 4 ? args.with(4, Number(args[4]) - aheadMs) : args;
        const [first, second] = (await target.callBuffer(command, ...told)) as [unknown, unknown];
        // TIME says seconds first; a fill says first what it kept.
        return args.length > 4
          ? [first, Number(second) + aheadMs]
          : [String(Number(first) + aheadMs / 1_000), second];
      };
    },
  });
}

async function moved(group: RedisCluster): Promise<number> {
  let count = 0;
  for (const node of group.nodes)
    count += Number(
      /errorstat_MOVED:count=(\d+)/.exec(String(await node.ask('info', 'errorstats')))?.[1] ?? 0,
    );
  return count;
}
