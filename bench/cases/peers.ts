import { comparedLine, type Bound, type Line } from '../line';
import { interleave, type Slice } from '../measure';
import { withContestants, type Contestant } from '../peers/contestants';
import type { ContestantName } from '../peers/process';
import type { Surroundings } from '../surroundings';

const PEERS: readonly ContestantName[] = [
  'powertools',
  'setnx-by-hand',
  'bullmq',
  'pg-boss',
  'graphile-worker',
  'dbos',
];
/** There are many of them: enough for the interval of a median, in a minute a case. */
const MOST_ROUNDS = 16;

/** Duplicates one after the other: a raw GET, ours through Redis, and each peer, each in a process of its own. */
export async function peersDuplicateP50(on: Surroundings): Promise<Line[]> {
  return sideBySide(on, { name: 'peers-duplicate-p50', measure: 'p50', of: 'duplicate' });
}

/** Duplicates, 64 in flight. */
export async function peersDuplicateRate(on: Surroundings): Promise<Line[]> {
  const bounds = { powertools: { atLeast: 2 } };
  return sideBySide(on, { name: 'peers-duplicate-rate', measure: 'rate', of: 'duplicate', bounds });
}

/** First executions one after the other; beside them two commits of one row each. */
export async function peersFirstP50(on: Surroundings): Promise<Line[]> {
  return sideBySide(on, { name: 'peers-first-p50', measure: 'p50', of: 'first' });
}

/**
 * First executions, 64 in flight. Ours is durable in Postgres; Powertools, BullMQ and the one by hand write to Redis alone. In the
 * same rounds: what the two commits give that carry 32 rows each, twice in flight, which is the most that batches can reach.
 */
export async function peersFirstRate(on: Surroundings): Promise<Line[]> {
  const bounds = { powertools: { atLeast: 0.5 }, 'batched-limit': { atLeast: 0.6 } };
  return sideBySide(on, { name: 'peers-first-rate', measure: 'rate', of: 'first', bounds });
}

interface SideBySide {
  readonly name: string;
  readonly measure: 'p50' | 'rate';
  readonly of: 'duplicate' | 'first';
  /** Of ours to one of the others. The limit of batches is measured where it has one, last. */
  readonly bounds?: Readonly<Partial<Record<ContestantName, Bound>>>;
}

/** A line for each of them beside the floor, and for ours beside each peer and the limit. */
async function sideBySide(on: Surroundings, asked: SideBySide): Promise<Line[]> {
  const limit: readonly ContestantName[] =
    asked.bounds?.['batched-limit'] === undefined ? [] : ['batched-limit'];
  const names: readonly ContestantName[] = ['floor', 'temporal-once', ...PEERS, ...limit];
  return withContestants(on, asked.name, names, (contestants) => measured(on, asked, contestants));
}

async function measured(
  { effort }: Surroundings,
  { name: group, measure, of, bounds = {} }: SideBySide,
  contestants: readonly Contestant[],
): Promise<Line[]> {
  for (const { slice } of contestants) await slice({ measure, of, ms: effort.warmUpMs });
  const slices = contestants.map(({ slice }): Slice => {
    return () => slice({ measure, of, ms: effort.sliceMs });
  });
  const rounds = Math.min(effort.rounds, MOST_ROUNDS);
  const compared = await interleave({ ...effort, rounds }, ...slices);
  const unit = measure === 'p50' ? 'us' : 'ops/s';
  const ours = contestants.findIndex(({ name }) => name === 'temporal-once');
  const lines = contestants.flatMap(({ name }, place) => {
    const toFloor = comparedLine(`${group}/${name}`, unit, compared, undefined, place);
    const toOurs = comparedLine(`${group}/once-to-${name}`, unit, compared, bounds[name], ours, place);
    if (name === 'floor') return [];
    if (name === 'temporal-once') return [toFloor];
    return name === 'batched-limit' ? [toOurs] : [toFloor, toOurs];
  });
  return lines.map((line) => ({ ...line, group }));
}
