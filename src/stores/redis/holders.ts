import type { RedisClient } from './client';

type Text = Buffer | string;
/** Of CLUSTER SLOTS: first and last slot, then the master and its replicas as host, port, id, … */
type SlotRange = readonly [number, number, readonly [Text, number, Text, ...unknown[]], ...unknown[]];

/**
 * Names the servers that decide what an entry is: the run of the one server, or the ids of a cluster's masters. After a failover
 * or a restart the names are others.
 */
export async function holdersOf(client: RedisClient): Promise<string | undefined> {
  if (client.isCluster === true) {
    const ranges = (await client.callBuffer('cluster', 'slots')) as readonly SlotRange[];
    const ids = new Set(ranges.map(([, , [, , id]]) => String(id)));
    return ids.size === 0 ? undefined : [...ids].sort().join(' ');
  }
  const info = String(await client.callBuffer('info', 'server'));
  return /^run_id:(\S+)/m.exec(info)?.[1];
}
