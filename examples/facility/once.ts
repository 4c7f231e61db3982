import { OncePlugin } from 'temporal-once';
import { LEASE_MS, type RunSettings } from './settings';

/** The plugin as the workers and the workflow bundle of a run get it. */
export function oncePlugin(settings: RunSettings): OncePlugin {
  return new OncePlugin({
    postgres: settings.databaseUrl,
    redis: settings.redisUrl,
    schema: settings.onceSchema,
    prefix: settings.redisPrefix,
    leaseMs: LEASE_MS,
  });
}
