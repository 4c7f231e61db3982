import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RedisClient } from './client';

/** A Lua file, called by its digest and sent whole only to a server that has not seen it. */
export class Script {
  private readonly text: string;
  private readonly sha1: string;

  /** @param name file in `lua/`, ending in its number of keys, or in `n` when that varies. */
  constructor(name: string) {
    this.text = readFileSync(join(__dirname, 'lua', `${name}.lua`), 'utf8');
    this.sha1 = createHash('sha1').update(this.text).digest('hex');
  }

  async run(
    client: RedisClient,
    keys: readonly string[],
    args: readonly (string | Buffer | number)[],
  ): Promise<unknown> {
    try {
      return await client.callBuffer('evalsha', this.sha1, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return client.callBuffer('eval', this.text, keys.length, ...keys, ...args);
    }
  }
}
