import { comparedLine, type Bound, type Line } from '../line';
import { interleave, IN_FLIGHT, p50Alone, rateInFlight, type Slice } from '../measure';
import { withPeers } from '../peers/open-all';
import type { Peer } from '../peers/peer';
import { plainTable, ROWS_A_STATEMENT } from '../plain-table';
import type { Surroundings } from '../surroundings';
import { firstExecution } from './first-execution';
import { prepareReplay } from './replay';

/** Who is measured, in turns: the floor, ours, then the peers. */
interface Contestant {
  readonly name: string;
  readonly op: (n: number) => Promise<unknown>;
  readonly settle?: (() => Promise<void>) | undefined;
}

type Measure = (op: Contestant['op'], ms: number) => Promise<number>;

const OURS = 1;
/** There are many of them: enough for the interval of a median, in a minute a case. */
const MOST_ROUNDS = 16;

/** Duplicates one after the other: a raw GET, ours through Redis, and each peer. */
export async function peersDuplicateP50(on: Surroundings): Promise<Line[]> {
  return duplicates(on, 'peers-duplicate-p50', 'us', p50Alone, undefined);
}

/** Duplicates, 64 in flight. */
export async function peersDuplicateRate(on: Surroundings): Promise<Line[]> {
  return duplicates(on, 'peers-duplicate-rate', 'ops/s', rateInFlight, { atLeast: 2 });
}

/** First executions one after the other; beside them two commits of one row each. */
export async function peersFirstP50(on: Surroundings): Promise<Line[]> {
  return firsts(on, 'peers-first-p50', 'us', p50Alone, undefined);
}

/**
 * First executions, 64 in flight. Ours is durable in Postgres; Powertools, BullMQ and the one by hand write to Redis alone. In the
 * same rounds: what the two commits give that carry 32 rows each, twice in flight, which is the most that batches can reach.
 */
export async function peersFirstRate(on: Surroundings): Promise<Line[]> {
  return firsts(on, 'peers-first-rate', 'ops/s', rateInFlight, { atLeast: 0.5 });
}

async function duplicates(
  on: Surroundings,
  name: string,
  unit: string,
  measure: Measure,
  toPowertools: Bound,
): Promise<Line[]> {
  return withPeers(on, name, async (peers) => {
    const { get, replay, check } = await prepareReplay(on, name);
    const contestants: Contestant[] = [
      { name: 'redis-get', op: get },
      { name: 'temporal-once', op: replay },
      ...peers.map(({ name, duplicate }) => ({ name, op: duplicate })),
    ];
    const lines = await sideBySide(on, { name, unit, measure, contestants, toPowertools });
    await check();
    return lines;
  });
}

async function firsts(
  on: Surroundings,
  name: string,
  unit: string,
  measure: Measure,
  toPowertools: Bound,
): Promise<Line[]> {
  return withPeers(on, name, async (peers) => {
    const table = await plainTable(on, name.replaceAll('-', '_'));
    const contestants: Contestant[] = [
      { name: 'two-commits', op: table.pair },
      { name: 'temporal-once', op: firstExecution(on, name) },
      ...peers.map(({ name, first, settle }: Peer) => ({ name, op: first, settle })),
    ];
    const limit: Slice = async () =>
      ROWS_A_STATEMENT *
      (await rateInFlight(table.gathered, on.effort.sliceMs, IN_FLIGHT / ROWS_A_STATEMENT));
    const limits = unit === 'ops/s' ? [limit] : [];
    return sideBySide(on, { name, unit, measure, contestants, limits, toPowertools });
  });
}

interface SideBySide {
  readonly name: string;
  readonly unit: string;
  readonly measure: Measure;
  readonly contestants: readonly Contestant[];
  /** The most that ours could reach; measured last. */
  readonly limits?: readonly Slice[];
  readonly toPowertools: Bound;
}

/** A line for each of them beside the floor, and for ours beside each peer and the limit. */
async function sideBySide(
  on: Surroundings,
  { name: group, unit, measure, contestants, limits = [], toPowertools }: SideBySide,
): Promise<Line[]> {
  const { sliceMs, warmUpMs } = on.effort;
  for (const { op, settle } of contestants) {
    await measure(op, warmUpMs / 2);
    await settle?.();
  }
  const slices = contestants.map(({ op, settle }): Slice => {
    return async () => {
      const figure = await measure(op, sliceMs);
      await settle?.();
      return figure;
    };
  });
  const rounds = Math.min(on.effort.rounds, MOST_ROUNDS);
  const compared = await interleave({ ...on.effort, rounds }, ...slices, ...limits);
  const peers = contestants.slice(OURS + 1);
  const beside = contestants
    .slice(OURS)
    .map(({ name }, n) => comparedLine(`${group}/${name}`, unit, compared, undefined, OURS + n));
  const toPeers = peers.map(({ name }, n) => {
    const bound = name === 'powertools' ? toPowertools : undefined;
    return comparedLine(`${group}/once-to-${name}`, unit, compared, bound, OURS, OURS + 1 + n);
  });
  const toLimits = limits.map((_, n) =>
    comparedLine(
      `${group}/once-to-batched-limit`,
      unit,
      compared,
      { atLeast: 0.6 },
      OURS,
      contestants.length + n,
    ),
  );
  return [...beside, ...toPeers, ...toLimits].map((line) => ({ ...line, group }));
}
