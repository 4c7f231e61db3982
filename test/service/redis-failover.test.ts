import { setTimeout as sleep } from 'node:timers/promises';
import type { Idempotency } from '../../src';
import type { RedisCache } from '../../src/stores/redis/redis-cache';
import { openCache, openTieredSubject, type TieredSubject } from '../stores/open';
import { ending, mustClaim, mustSettle, newKey, request } from '../stores/subject';
import { assert } from '../helpers/assert';
import {
  startRedisCluster,
  startRedisSentinels,
  type GroupMember,
  type RedisCluster,
} from '../helpers/redis-groups';
import { need, openRedis, randomName, until } from '../helpers/services';
import { newName, Services } from './open';

/** A group of servers of which one has a replica that others promote. */
interface Group {
  readonly address: string;
  readonly master: GroupMember;
  readonly replica: GroupMember;
  /** Whether the master that may be killed has the entry. */
  has(name: string): Promise<boolean>;
  /** Whether the replica decides now. */
  promoted(): Promise<boolean>;
  stop(): Promise<void>;
}

const GROUPS: Readonly<Record<string, () => Promise<Group>>> = {
  'Redis Sentinels': async () => {
    const group = await startRedisSentinels();
    return {
      ...group,
      has: () => Promise.resolve(true),
      promoted: async () => (await group.masterPort()) === group.replica.port,
    };
  },
  'a Redis Cluster': async () => {
    const group = await startRedisCluster({ replicas: true });
    const [, master] = group.nodes as [GroupMember, GroupMember];
    const [, replica] = group.replicas as [GroupMember, GroupMember];
    return {
      address: group.address,
      master,
      replica,
      has: async (name) => (await group.ownerOf(name)) === master,
      promoted: async () => String(await replica.ask('info', 'replication')).includes('role:master'),
      stop: () => group.stop(),
    };
  },
};

for (const [name, start] of Object.entries(GROUPS)) {
  describe(`[faults] the master is killed in ${name} (G3, G5)`, function () {
    this.timeout(180_000);
    let group: Group;
    beforeEach(async function () {
      need(this, 'DATABASE_URL', 'ONCE_REDIS_SERVER_BIN');
      group = await start();
    });
    afterEach(() => group?.stop());

    it('under load: no body runs twice, no outcome is lost, and Redis answers again', async () => {
      const services = new Services();
      const cache = await openCache({ address: group.address });
      try {
        const all = [];
        for (let n = 0; n < 3; n++) all.push(await services.connect({ redis: group.address }));
        const load = new Load(all);
        await load.until(() => load.keys >= 100);
        const killedAtMs = performance.now();
        await group.master.kill();
        await until(() => group.promoted(), 60_000);
        const promotedMs = performance.now() - killedAtMs;
        await answeredAgain(cache, group);
        const answeredMs = performance.now() - killedAtMs;
        const enough = load.keys + 100;
        await load.until(() => load.keys >= enough);
        await load.end();
        console.log(
          `      promoted after ${Math.round(promotedMs)} ms, entries kept and answered again after ${Math.round(answeredMs)} ms, ` +
            `${load.keys} operations and ${load.answers} answers meanwhile`,
        );
        load.judge();
      } finally {
        await services.close();
        await cache.close();
      }
    });

    it('a clear whose tombstone went with it is told again, by itself', async () => {
      const subject = await openTieredSubject({ address: group.address });
      try {
        await lostTombstone(subject, group);
      } finally {
        await subject.close();
      }
    });
  });
}

/** Three services that work on the same keys at once, and go back to earlier ones. */
class Load {
  keys = 0;
  answers = 0;
  private ended = false;
  private readonly type = newName('failover');
  private readonly bodies = new Map<string, number>();
  private readonly wrong: string[] = [];
  private readonly lanes: Promise<void>[];

  constructor(private readonly services: readonly Idempotency[]) {
    this.lanes = Array.from({ length: 4 }, (_, lane) => this.lane(lane));
  }

  /** @throws what a lane met */
  async until(holds: () => boolean): Promise<void> {
    await Promise.race([Promise.all(this.lanes), until(holds, 90_000)]);
  }

  async end(): Promise<void> {
    this.ended = true;
    await Promise.all(this.lanes);
  }

  judge(): void {
    assert.deepEqual(this.wrong, []);
    const runs = [...this.bodies.values()];
    assert.equal(runs.length, this.keys);
    assert.deepEqual(
      runs.filter((count) => count !== 1),
      [],
      'each body ran once',
    );
  }

  private async lane(lane: number): Promise<void> {
    for (let n = 0; !this.ended; n++) {
      await this.call(`${lane}-${n}`, true);
      this.keys++;
      for (const back of [1, 5, 25]) if (n >= back) await this.call(`${lane}-${n - back}`, false);
      await sleep(5);
    }
  }

  /** All services ask for the key: one body, and its answer for each. */
  private async call(key: string, first: boolean): Promise<void> {
    const answers = await Promise.all(
      this.services.map((once) =>
        once.run({ type: this.type, key }, () => {
          this.bodies.set(key, (this.bodies.get(key) ?? 0) + 1);
          if (!first) this.wrong.push(`${key} ran again`);
          return { answer: key };
        }),
      ),
    );
    this.answers += answers.length;
    for (const { answer } of answers as { answer: string }[])
      if (answer !== key) this.wrong.push(`${key} was answered ${answer}`);
  }
}

/** An entry of the part that was killed is kept and found. */
async function answeredAgain(cache: RedisCache, group: Group): Promise<void> {
  const { key, name } = await keyOf(group, cache.prefix);
  const outcome = { state: 'completed', fence: 1n, execution: 'e', retentionLeftMs: 60_000 } as const;
  await until(async () => {
    await cache.fill(
      key,
      { ...outcome, fingerprint: 'f', payload: undefined, context: undefined },
      performance.now(),
    );
    return (await cache.get(key)) !== undefined;
  }, 60_000);
  assert.ok(name.endsWith(key));
}

/** A key whose entry the master has that may be killed; `generation` 1 as the tests open caches. */
async function keyOf(group: Group, prefix: string): Promise<{ key: string; name: string }> {
  for (;;) {
    const key = newKey();
    const name = `${prefix}:1:${key}`;
    if ((await group.has(name)) || (await group.promoted().catch(() => false))) return { key, name };
  }
}

async function lostTombstone({ store, others, prefix }: TieredSubject, group: Group): Promise<void> {
  const { key, name } = await keyOf(group, prefix);
  const held = await mustClaim(store, request(key));
  await mustSettle(store, ending(held));
  await until(async () => (await others[0]?.peek?.(key)) !== undefined);
  const entry = await rawEntry(group.master, name);
  await until(async () => (await rawEntry(group.replica, name)) === entry);

  // From here on the replica hears nothing: the tombstone is in the master alone.
  group.replica.signal('SIGSTOP');
  await group.master.ask('client', 'kill', 'type', 'replica');
  const report = await store.clear(key);
  assert.deepEqual([report.cache, report.pending], ['done', false], 'the master took it');
  await group.master.kill();
  group.replica.signal('SIGCONT');
  assert.equal(await rawEntry(group.replica, name), entry, 'the replica has the old outcome');
  const leftMs = Number(await rawEntry(group.replica, name, 'pttl'));
  assert.ok(leftMs > 0 && leftMs <= 300_000, 'it may answer for no longer than the maximal age');

  await until(() => group.promoted(), 60_000);
  await until(async () => (await rawEntry(group.replica, name)) !== entry, 60_000);
  assert.equal((await rawEntry(group.replica, name))?.[1], 'T');
  for (const one of [store, ...others]) assert.equal(await one.peek?.(key), undefined);
  assert.ok((await mustClaim(store, request(key))).fence > held.fence);
}

/** From that very server, replica or not. */
async function rawEntry(member: GroupMember, name: string, command = 'get'): Promise<string | undefined> {
  const redis = openRedis(`redis://127.0.0.1:${member.port}`);
  try {
    await redis.connect();
    await redis.call('readonly').catch(() => undefined);
    const reply = (await redis.call(command, name)) as string | number | null;
    return reply === null ? undefined : String(reply);
  } finally {
    redis.disconnect();
  }
}

describe('[faults] a slot moves between the nodes of a Redis Cluster (G3, G5)', function () {
  this.timeout(120_000);
  let group: RedisCluster;
  let subject: TieredSubject;
  before(async function () {
    need(this, 'DATABASE_URL', 'ONCE_REDIS_SERVER_BIN');
    group = await startRedisCluster();
    subject = await openTieredSubject({ address: group.address });
  });
  after(async () => {
    await subject?.close();
    await group?.stop();
  });

  /** Keys of one slot, by their braces. */
  async function kept(keys: readonly string[]): Promise<bigint[]> {
    const fences = [];
    for (const key of keys) {
      const held = await mustClaim(subject.store, request(key));
      await mustSettle(subject.store, ending(held));
      fences.push(held.fence);
    }
    await until(async () => (await peeked(keys)).every((fence) => fence !== undefined));
    return fences;
  }
  const peeked = (keys: readonly string[]): Promise<(bigint | undefined)[]> =>
    Promise.all(keys.map(async (key) => (await subject.others[0]?.peek?.(key))?.fence));
  /** Asked again while a lookup came too late, which is a miss like any other. What is answered is right each time. */
  async function answers(
    keys: readonly string[],
    fences: readonly (bigint | undefined)[],
    why: string,
  ): Promise<void> {
    const wrong: (bigint | undefined)[] = [];
    await until(async () => {
      const seen = await peeked(keys);
      wrong.push(...seen.filter((fence, n) => fence !== undefined && fence !== fences[n]));
      return wrong.length > 0 || seen.every((fence, n) => fence === fences[n]);
    }, 60_000);
    assert.deepEqual(wrong, [], why);
  }

  it('entries, those half moved and those moved, are found, kept and cleared where they are', async () => {
    const tag = randomName('slot');
    const keys = Array.from({ length: 40 }, (_, n) => `{${tag}}/${n}`);
    const fences = await kept(keys);
    const names = keys.map((key) => `${subject.prefix}:1:${key}`);
    const from = await group.ownerOf(names[0] as string);
    const to = group.nodes.find((node) => node !== from) as GroupMember;
    const slot = Number(await from.ask('cluster', 'keyslot', names[0] as string));
    const [fromId, toId] = [
      String(await from.ask('cluster', 'myid')),
      String(await to.ask('cluster', 'myid')),
    ];
    await to.ask('cluster', 'setslot', slot, 'importing', fromId);
    await from.ask('cluster', 'setslot', slot, 'migrating', toId);
    const half = names.slice(0, 20);
    await from.ask('migrate', '127.0.0.1', to.port, '', 0, 5_000, 'keys', ...half);

    await answers(keys, fences, 'half of them are elsewhere');
    const moved = await subject.store.clear(keys[0] as string);
    const notMoved = await subject.store.clear(keys[39] as string);
    assert.deepEqual([moved.cache, notMoved.cache], ['done', 'done']);
    assert.deepEqual(await peeked(['0', '39'].map((n) => `{${tag}}/${n}`)), [undefined, undefined]);
    const during = [`{${tag}}/during-1`, `{${tag}}/during-2`];
    const fencesDuring = await kept(during);

    await from.ask('migrate', '127.0.0.1', to.port, '', 0, 5_000, 'keys', ...names.slice(20));
    for (const node of [to, from, ...group.nodes.filter((one) => one !== to && one !== from)])
      await node.ask('cluster', 'setslot', slot, 'node', toId);
    await group.settled();
    const fencesAfter = [undefined, ...fences.slice(1, 39), undefined, ...fencesDuring];
    await answers([...keys, ...during], fencesAfter, 'all of them are elsewhere');
    assert.ok((await group.ownerOf(names[1] as string)) === to);
    assert.equal(subject.store.cache.circuit.isOpen, false);
    for (const key of [keys[0], keys[39]] as string[]) await mustClaim(subject.store, request(key));
  });
});
