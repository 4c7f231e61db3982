import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster, Redis } from 'ioredis';
import { env, freePort, openRedis, until } from './services';

/** One process of a group, to be paused and killed. */
export class GroupMember {
  private readonly child: ChildProcess;
  private readonly gone: Promise<unknown>;

  constructor(
    readonly port: number,
    private readonly folder: string,
    args: readonly string[],
  ) {
    this.child = spawn(env('ONCE_REDIS_SERVER_BIN'), args, { cwd: folder, stdio: 'ignore' });
    this.gone = once(this.child, 'exit');
    process.once('exit', this.end);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async kill(): Promise<void> {
    process.off('exit', this.end);
    this.end();
    await this.gone;
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A command of one's own, on a connection of its own. */
  async ask(...words: (string | number)[]): Promise<unknown> {
    const redis = openRedis(`redis://127.0.0.1:${this.port}`);
    try {
      await redis.connect();
      const [command, ...args] = words;
      return await redis.call(command as string, ...args);
    } finally {
      redis.disconnect();
    }
  }

  private readonly end = (): void => {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
  };
}

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'once-redis-'));
const plain = (port: number): string[] => [
  ...['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
];

async function answering(member: GroupMember): Promise<GroupMember> {
  await until(async () => (await member.ask('ping')) === 'PONG');
  return member;
}

const SLOTS = 16_384;

export interface RedisCluster {
  /** Masters, each with its share of the slots. */
  readonly nodes: readonly GroupMember[];
  readonly replicas: readonly GroupMember[];
  /** As the option `redis` takes it. */
  readonly address: string;
  /** Which master has a name, by its own word. */
  ownerOf(name: string): Promise<GroupMember>;
  /** Answers `ok` at every node. */
  settled(): Promise<void>;
  client(): Promise<Cluster>;
  stop(): Promise<void>;
}

/** Three masters on loopback that share the slots, as `redis-cli --cluster create` makes them; each with a replica if asked for. */
export async function startRedisCluster({ replicas = false } = {}): Promise<RedisCluster> {
  const start = async (): Promise<GroupMember> => {
    const port = await freePort();
    const bus = await freePort();
    const cluster = [
      '--cluster-enabled',
      'yes',
      '--cluster-port',
      String(bus),
      '--cluster-node-timeout',
      '1500',
    ];
    return answering(new GroupMember(port, newFolder(), [...plain(port), ...cluster]));
  };
  const members = await Promise.all(Array.from({ length: replicas ? 6 : 3 }, start));
  const [nodes, others] = [members.slice(0, 3), members.slice(3)];
  const [first] = nodes as [GroupMember];
  await Promise.all(
    nodes.map((node, at) => {
      const bound = (n: number): number => Math.floor((n * SLOTS) / nodes.length);
      return node.ask('cluster', 'addslotsrange', bound(at), bound(at + 1) - 1);
    }),
  );
  // Different epochs from the start: nobody has to yield.
  await Promise.all(members.map((node, at) => node.ask('cluster', 'set-config-epoch', at + 1)));
  const busOf = async (node: GroupMember): Promise<string> =>
    /@(\d+)/.exec(String(await node.ask('cluster', 'nodes')))?.[1] ?? '';
  for (const node of members.slice(1))
    await node.ask('cluster', 'meet', '127.0.0.1', first.port, await busOf(first));
  const everyNode = async (holds: (info: string, nodes: string) => boolean): Promise<void> => {
    for (const node of members)
      await until(
        async () =>
          holds(String(await node.ask('cluster', 'info')), String(await node.ask('cluster', 'nodes'))),
        30_000,
      );
  };
  await everyNode((info) => info.includes(`cluster_known_nodes:${members.length}`));
  for (const [at, replica] of others.entries())
    await replica.ask('cluster', 'replicate', String(await nodes[at]?.ask('cluster', 'myid')));
  const settled = (): Promise<void> =>
    everyNode(
      (info, table) => info.includes('cluster_state:ok') && table.split('slave').length - 1 === others.length,
    );
  await settled();
  for (const replica of others)
    await until(
      async () => String(await replica.ask('info', 'replication')).includes('master_link_status:up'),
      30_000,
    );
  const address = `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`;
  return {
    nodes,
    replicas: others,
    address,
    settled,
    ownerOf: async (name) => {
      const slot = Number(await first.ask('cluster', 'keyslot', name));
      const ranges = (await first.ask('cluster', 'slots')) as [number, number, [string, number]][];
      const port = ranges.find(([from, to]) => from <= slot && slot <= to)?.[2][1];
      return members.find((node) => node.port === port) as GroupMember;
    },
    client: async () => {
      const client = new Cluster(
        nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
        { lazyConnect: true },
      );
      client.on('error', () => undefined);
      await client.connect();
      return client;
    },
    stop: async () => void (await Promise.all(members.map((member) => member.kill()))),
  };
}

export const MASTER = 'cache';

export interface RedisSentinels {
  readonly master: GroupMember;
  readonly replica: GroupMember;
  readonly address: string;
  /** The port that the sentinels give for the master now. */
  masterPort(): Promise<number>;
  client(): Redis;
  stop(): Promise<void>;
}

/** A master, its replica, and three sentinels that promote the replica a second and a half after the master is gone. */
export async function startRedisSentinels(): Promise<RedisSentinels> {
  const [masterPort, replicaPort] = [await freePort(), await freePort()];
  const master = await answering(new GroupMember(masterPort, newFolder(), plain(masterPort)));
  const replica = await answering(
    new GroupMember(replicaPort, newFolder(), [
      ...plain(replicaPort),
      ...['--replicaof', `127.0.0.1 ${masterPort}`, '--repl-diskless-sync-delay', '0'],
    ]),
  );
  await until(
    async () => String(await replica.ask('info', 'replication')).includes('master_link_status:up'),
    30_000,
  );
  const sentinels: GroupMember[] = [];
  for (let at = 0; at < 3; at++) {
    const port = await freePort();
    const folder = newFolder();
    const settings = [
      `port ${port}`,
      'bind 127.0.0.1',
      `sentinel monitor ${MASTER} 127.0.0.1 ${masterPort} 2`,
      `sentinel down-after-milliseconds ${MASTER} 1500`,
      `sentinel failover-timeout ${MASTER} 5000`,
    ];
    writeFileSync(join(folder, 'sentinel.conf'), settings.join('\n'));
    sentinels.push(await answering(new GroupMember(port, folder, ['sentinel.conf', '--sentinel'])));
  }
  const [first] = sentinels as [GroupMember];
  // Before they know of each other and of the replica there is nobody to promote, and no majority to say so.
  await until(async () => {
    const fields = (await first.ask('sentinel', 'master', MASTER)) as string[] | Record<string, string>;
    const of = (name: string): string | undefined =>
      Array.isArray(fields) ? fields[fields.indexOf(name) + 1] : fields[name];
    return of('num-slaves') === '1' && of('num-other-sentinels') === '2';
  }, 30_000);
  return {
    master,
    replica,
    address: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${MASTER}`,
    masterPort: async () =>
      Number(((await first.ask('sentinel', 'get-master-addr-by-name', MASTER)) as string[])[1]),
    client: () => {
      const client = new Redis({
        sentinels: sentinels.map(({ port }) => ({ host: '127.0.0.1', port })),
        name: MASTER,
      });
      client.on('error', () => undefined);
      return client;
    },
    stop: async () =>
      void (await Promise.all([master, replica, ...sentinels].map((member) => member.kill()))),
  };
}
