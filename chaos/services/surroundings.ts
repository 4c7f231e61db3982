import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LossyProxy } from './lossy-proxy';
import type { Program } from './program';
import { programsFromEnv } from './programs';
import { startPgBouncer, startPostgres, startRedis, startTemporal } from './servers';

/** The run's own servers, and the wires between them and the workers. */
export interface Surroundings {
  readonly folder: string;
  readonly postgres: Program;
  readonly redis: Program;
  readonly temporal: Program;
  readonly pgbouncer: Program;
  /** Between workers and Postgres, and between PgBouncer and Postgres. */
  readonly wires: readonly LossyProxy[];
  readonly temporalAddress: string;
  readonly redisUrl: string;
  /** For the harness: past every wire that is cut. */
  readonly undisturbedUrl: string;
  /** The ways workers come to Postgres: over a wire, and through PgBouncer. */
  readonly routes: readonly string[];
  readonly faketimeLib: string;
  close(): Promise<void>;
}

export async function openSurroundings(): Promise<Surroundings> {
  const programs = programsFromEnv();
  const folder = mkdtempSync(join(process.env['ONCE_RUN'] ?? tmpdir(), 'chaos-'));
  // Postgres may run as another user, who passes through.
  chmodSync(folder, 0o711);
  const opened: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const undo of opened.splice(0).reverse()) await undo();
  };
  try {
    const own = async <S extends { program: Program }>(starting: Promise<S>): Promise<S> => {
      const server = await starting;
      opened.push(() => server.program.stop());
      return server;
    };
    const starting = [
      own(startPostgres(folder, programs)),
      own(startRedis(folder, programs)),
      own(startTemporal(folder, programs)),
    ] as const;
    // All are heard before one's failure ends the others.
    await Promise.allSettled(starting);
    const [postgres, redis, temporal] = await Promise.all(starting);
    const wires = [await LossyProxy.to(postgres.port), await LossyProxy.to(postgres.port)] as const;
    opened.push(() => wires.forEach((wire) => wire.close()));
    const pgbouncer = await own(startPgBouncer(folder, programs, postgres, wires[1].port));
    const at = (port: number): string =>
      `postgres://${postgres.user}:${postgres.password}@127.0.0.1:${port}/${postgres.database}`;
    return {
      folder,
      postgres: postgres.program,
      redis: redis.program,
      temporal: temporal.program,
      pgbouncer: pgbouncer.program,
      wires,
      temporalAddress: temporal.address,
      redisUrl: redis.url,
      undisturbedUrl: at(postgres.port),
      routes: [at(wires[0].port), pgbouncer.url],
      faketimeLib: programs.faketimeLib,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
