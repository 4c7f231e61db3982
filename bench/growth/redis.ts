import { freemem } from 'node:os';
import { Redis } from 'ioredis';
import type { Surroundings } from '../surroundings';

/** Measured (`growth-redis`), names and the server's own bookkeeping included. */
const BYTES_AN_ENTRY = 600;
const CHUNK = 20_000;
const LIFE_MS = 3_600_000;

/** Names as long as those of entries, values as an entry has them. */
const FILLER = `
for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  redis.call('SET', KEYS[1] .. redis.sha1hex(tostring(i)) .. 'abc', ARGV[3], 'PX', ARGV[4])
end`;

/** A database of its own in the same server, empty before and after. */
export interface OwnDatabase {
  readonly url: string;
  readonly client: Redis;
}

/** @throws Error in words where one is not empty: it is somebody's. */
export async function withDatabases<Answer>(
  on: Surroundings,
  count: number,
  use: (databases: readonly OwnDatabase[]) => Promise<Answer>,
): Promise<Answer> {
  const opened: OwnDatabase[] = [];
  try {
    for (let index = 0; index < count; index++) {
      const url = new URL(on.redisUrl);
      // The last ones of the sixteen that there are by default.
      url.pathname = `/${15 - index}`;
      const client = new Redis(url.href);
      if ((await client.dbsize()) > 0) {
        client.disconnect();
        throw new Error(
          `database ${url.pathname} of Redis is not empty; the growth of a cache is measured in one that is`,
        );
      }
      opened.push({ url: url.href, client });
    }
    return await use(opened);
  } finally {
    for (const { client } of opened) {
      await client.flushdb('ASYNC');
      await client.quit();
    }
  }
}

/** @returns how many were put: fewer where memory is short, and said so. */
export async function fillEntries(
  on: Surroundings,
  { client }: OwnDatabase,
  entries: { readonly count: number; readonly beginning: string; readonly value: Buffer },
): Promise<number> {
  const room = Math.floor((freemem() * 0.5) / BYTES_AN_ENTRY);
  const count = Math.min(entries.count, room);
  if (count < entries.count)
    on.note(
      `  memory has room for ${count.toLocaleString('en')} entries in Redis, not for ${entries.count.toLocaleString('en')}`,
    );
  for (let from = 1; from <= count; from += CHUNK)
    await client.eval(
      FILLER,
      1,
      entries.beginning,
      from,
      Math.min(count, from + CHUNK - 1),
      entries.value,
      LIFE_MS,
    );
  return count;
}
