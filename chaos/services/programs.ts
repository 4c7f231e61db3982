/** Where the programs are that the run starts. `npm run chaos` and `npm test` find them and say so in these variables. */
export interface Programs {
  readonly postgres: { readonly binDir: string; readonly uid?: number; readonly gid?: number };
  readonly redis: string;
  readonly temporal: string;
  readonly pgbouncer: string;
  readonly faketimeLib: string;
}

/** Variables without which there is no run. */
export const PROGRAM_VARIABLES = [
  'ONCE_POSTGRES_BIN_DIR',
  'ONCE_REDIS_SERVER_BIN',
  'ONCE_TEMPORAL_BIN',
  'ONCE_PGBOUNCER_BIN',
  'ONCE_FAKETIME_LIB',
] as const;

/** @throws Error naming what is missing. */
export function programsFromEnv(env: NodeJS.ProcessEnv = process.env): Programs {
  const of = (name: (typeof PROGRAM_VARIABLES)[number]): string => {
    const value = env[name];
    if (value === undefined || value === '')
      throw new Error(`${name} is not set; type \`npm run chaos\`, which finds every program`);
    return value;
  };
  const uid = env['ONCE_POSTGRES_UID'];
  const gid = env['ONCE_POSTGRES_GID'];
  return {
    postgres: {
      binDir: of('ONCE_POSTGRES_BIN_DIR'),
      ...(uid === undefined || gid === undefined ? {} : { uid: Number(uid), gid: Number(gid) }),
    },
    redis: of('ONCE_REDIS_SERVER_BIN'),
    temporal: of('ONCE_TEMPORAL_BIN'),
    pgbouncer: of('ONCE_PGBOUNCER_BIN'),
    faketimeLib: of('ONCE_FAKETIME_LIB'),
  };
}
