import type { Command } from 'commander';
import { InvalidOptionError } from '../errors';
import { Idempotency } from '../idempotency/service';
import type { IdempotencyOptions } from '../idempotency/service-options';

interface StoreFlags {
  readonly postgres?: string;
  readonly redis?: string;
  readonly schema: string;
  readonly prefix: string;
}

/** The flags of `storeOptions`. */
export function addStoreFlags(command: Command): Command {
  return command
    .option('--postgres <url>', 'connection string; default: DATABASE_URL')
    .option('--redis <url>', 'Redis in front, if there is one; default: REDIS_URL')
    .option('--schema <name>', 'schema in that database', 'temporal_once')
    .option('--prefix <name>', 'begins every Redis key', 'temporal-once');
}

/** Where the store is: by flags, else by the environment. @throws InvalidOptionError */
export function storeOptions(command: Command): StoreFlags & { readonly postgres: string } {
  const { postgres, redis, schema, prefix } = command.optsWithGlobals<StoreFlags>();
  const url = postgres ?? process.env['DATABASE_URL'];
  if (url === undefined || url === '')
    throw new InvalidOptionError('--postgres', 'is missing', 'Give it, or set DATABASE_URL');
  const cache = redis ?? process.env['REDIS_URL'];
  return { postgres: url, schema, prefix, ...(cache === undefined || cache === '' ? {} : { redis: cache }) };
}

/** Runs with a service that is closed afterwards, whatever comes. */
export async function withService<T>(
  command: Command,
  body: (once: Idempotency) => Promise<T>,
  options: Pick<IdempotencyOptions, 'dataConverter' | 'namespace'> = {},
): Promise<T> {
  const once = await Idempotency.connect({ ...storeOptions(command), ...options });
  try {
    return await body(once);
  } finally {
    await once.close();
  }
}
