import { startPgBouncer, type PrivateService } from '../../test/helpers/services';
import { comparedLine, pointLine, type Line } from '../line';
import { interleave, type Effort, type Slice } from '../measure';
import { createPlainTable } from '../plain-table';
import { operation, RAW_VALUE, smallArgs, smallResult } from '../samples';
import type { Surroundings } from '../surroundings';
import { Crew } from '../width/crew';
import { PLAIN_TABLE, rawName, REPLAY_KEYS, REPLAY_TYPE, type Work } from '../width/work';

const SIZES = [1, 2, 4, 8];
/** Processes that call at once, and how many calls they make together. */
const CALLERS = 4;
const WAITERS = 1_000;
const KEYS = 10_000;

/**
 * Replays and first executions by 1, 2, 4 and 8 service processes, 64 in flight in each, calls a second together. Floors, by as many
 * processes in the same rounds: raw GETs, and two commits of one row through a pool of the same size.
 */
export async function widthRates(on: Surroundings): Promise<Line[]> {
  await prepare(on);
  return bySize(on, undefined, [
    { name: 'width-replay', ours: 'replay', floor: 'get' },
    { name: 'width-first', ours: 'first', floor: 'pair' },
  ]);
}

/** First executions as above, ours and the floor through a PgBouncer in transaction mode with ten connections to the server. */
export async function widthRatesThroughPgBouncer(on: Surroundings): Promise<Line[]> {
  return throughPgBouncer(on, 'width-pgbouncer-first', (url) =>
    bySize(on, url, [{ name: 'width-pgbouncer-first', ours: 'first', floor: 'pair' }]),
  );
}

/**
 * 1,000 calls of one new key at once, from four processes, until all have the answer. Floor: one execution alone, and then as many
 * raw GETs at once by the same processes: somebody has to run, and everybody has to hear of it.
 */
export async function widthOneKey(on: Surroundings): Promise<Line[]> {
  await prepare(on);
  const measure = (name: string, pooler?: string): Promise<Line[]> =>
    withCrew(on, CALLERS, pooler, async (crew) => {
      let round = 0;
      const calls = WAITERS / CALLERS;
      const floor: Slice = async () =>
        (await crew.one({ kind: 'keys', calls: 1, round })) +
        (await slowest(crew, { kind: 'gets', calls, round }));
      const ours: Slice = () => slowest(crew, { kind: 'one-key', calls, round: ++rounds });
      await floor();
      await ours();
      round = rounds;
      return [comparedLine(name, 'ms', await interleave(effortOf(on), floor, ours), undefined)];
    });
  return [
    ...(await measure('width-one-key-1000')),
    ...(await throughPgBouncer(on, 'width-pgbouncer-one-key-1000', (url) =>
      measure('width-pgbouncer-one-key-1000', url),
    )),
  ];
}

/** Each round has a key of its own, in both measurements. */
let rounds = 0;

/**
 * 10,000 different new keys at once, from four processes, until all are done. Floor: 10,000 times two commits of one row, all at once,
 * by as many processes through pools of the same size.
 */
export async function widthKeys(on: Surroundings): Promise<Line[]> {
  await prepare(on);
  const measure = (name: string, pooler?: string): Promise<Line[]> =>
    withCrew(on, CALLERS, pooler, async (crew) => {
      const calls = KEYS / CALLERS;
      const floor: Slice = () => slowest(crew, { kind: 'pairs', calls, round: 0 });
      const ours: Slice = () => slowest(crew, { kind: 'keys', calls, round: 0 });
      await crew.all({ kind: 'keys', calls: 100, round: 0 });
      await crew.all({ kind: 'pairs', calls: 100, round: 0 });
      return [comparedLine(name, 'ms', await interleave(effortOf(on), floor, ours), undefined)];
    });
  return [
    ...(await measure('width-keys-10k')),
    ...(await throughPgBouncer(on, 'width-pgbouncer-keys-10k', (url) =>
      measure('width-pgbouncer-keys-10k', url),
    )),
  ];
}

/** Eight rounds say enough of what takes seconds, or is done four times. */
const effortOf = ({ effort }: Surroundings): Effort => ({ ...effort, rounds: Math.min(8, effort.rounds) });

interface Pair {
  readonly name: string;
  readonly ours: 'replay' | 'first';
  readonly floor: 'get' | 'pair';
}

async function bySize(on: Surroundings, pooler: string | undefined, pairs: readonly Pair[]): Promise<Line[]> {
  await prepare(on);
  const { sliceMs, warmUpMs } = on.effort;
  const lines: Line[] = [];
  for (const size of SIZES)
    await withCrew(on, size, pooler, async (crew) => {
      for (const { name, ours, floor } of pairs) {
        for (const kind of [floor, ours]) await crew.all({ kind, ms: warmUpMs });
        const compared = await interleave(
          effortOf(on),
          ...[floor, ours].map((kind) => () => together(crew, { kind, ms: sliceMs })),
        );
        lines.push(pointLine(comparedLine(name, 'ops/s', compared, undefined), name, size, 'processes'));
      }
    });
  return lines.sort((a, b) => (a.group ?? '').localeCompare(b.group ?? ''));
}

const together = async (crew: Crew, work: Work): Promise<number> =>
  (await crew.all(work)).reduce((sum, figure) => sum + figure, 0);

const slowest = async (crew: Crew, work: Work): Promise<number> => Math.max(...(await crew.all(work)));

async function withCrew<T>(
  on: Surroundings,
  size: number,
  pooler: string | undefined,
  measure: (crew: Crew) => Promise<T>,
): Promise<T> {
  const crew = await Crew.start(on, size, pooler);
  try {
    return await measure(crew);
  } finally {
    await crew.end();
  }
}

async function throughPgBouncer(
  on: Surroundings,
  name: string,
  measure: (url: string) => Promise<Line[]>,
): Promise<Line[]> {
  if (!process.env['ONCE_PGBOUNCER_BIN']) {
    on.missing(name, 'there is no PgBouncer: apt-get install pgbouncer, or brew install pgbouncer');
    return [];
  }
  const bouncer: PrivateService = await startPgBouncer({ poolSize: 10, clients: 400 });
  try {
    return await measure(bouncer.url);
  } finally {
    await bouncer.stop();
  }
}

const prepared = new WeakSet<Surroundings>();

/** Outcomes to replay, values to get, and the table of the floor; once a run. */
async function prepare(on: Surroundings): Promise<void> {
  if (prepared.has(on)) return;
  prepared.add(on);
  const { service, redis, prefix } = on;
  for (let n = 0; n < REPLAY_KEYS; n++)
    await service.run(operation(REPLAY_TYPE, smallArgs(n)), () => smallResult(n));
  await redis.mset(...Array.from({ length: REPLAY_KEYS }, (_, n) => [rawName(prefix, n), RAW_VALUE]).flat());
  await createPlainTable(on, PLAIN_TABLE);
}
