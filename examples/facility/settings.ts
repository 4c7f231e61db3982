/** What one run of the load needs; travels to the worker processes as JSON. */
export interface RunSettings {
  readonly withPlugin: boolean;
  readonly temporalAddress: string;
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  readonly taskQueue: string;
  /** Schema of the facility's own tables, one per run. */
  readonly facilitySchema: string;
  /** Schema of the package's records. */
  readonly onceSchema: string;
  readonly redisPrefix: string;
  readonly bundlePath: string;
}

/** Each operation is started so often, under different workflow ids. */
export const STARTS_PER_OPERATION = 3;
/** Workflows under way at once. */
export const IN_FLIGHT = 72;
export const ACTIVITY_SLOTS = 12;
/** Kills of a worker process per run, alternating between the two. */
export const KILLS = 6;
/** Guards against a run that hangs; generous, because a loaded machine is no failure. */
export const RUN_DEADLINE_MS = 180_000;

/**
 * The default lease is 30 s. Here workers die every few seconds and the demo should be short, so a duplicate
 * that meets the claim of a dead worker waits for three seconds at most. In production leave it at 30 s.
 */
export const LEASE_MS = 3_000;

export interface Services {
  readonly temporalAddress: string;
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
}

/** @throws Error naming the variable that is missing. */
export function servicesFromEnv(): Services {
  const { TEMPORAL_ADDRESS, DATABASE_URL, REDIS_URL } = process.env;
  if (TEMPORAL_ADDRESS === undefined || DATABASE_URL === undefined) {
    throw new Error('Set TEMPORAL_ADDRESS and DATABASE_URL, or type `npm run demo`, which starts both');
  }
  return {
    temporalAddress: TEMPORAL_ADDRESS,
    databaseUrl: DATABASE_URL,
    redisUrl: REDIS_URL === '' ? undefined : REDIS_URL,
  };
}
