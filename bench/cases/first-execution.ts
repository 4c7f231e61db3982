import { comparedLine, type Line } from '../line';
import { interleave, IN_FLIGHT, p50Alone, rateInFlight, type Slice } from '../measure';
import { plainTable, ROWS_A_STATEMENT } from '../plain-table';
import { operation, smallArgs, smallResult } from '../samples';
import type { Surroundings } from '../surroundings';

/**
 * First executions one after the other: claim and outcome committed, Redis filled. Floor: the two commits it can't
 * do without, each of one row, by named prepared statements on a table with the same columns, keys of the same kind.
 */
export async function firstP50(on: Surroundings): Promise<Line[]> {
  const table = await plainTable(on, 'plain_p50');
  const first = firstExecution(on, 'first-p50');
  const { sliceMs, warmUpMs } = on.effort;
  await p50Alone(table.pair, warmUpMs);
  await p50Alone(first, warmUpMs);
  const compared = await interleave(
    on.effort,
    () => p50Alone(table.pair, sliceMs),
    () => p50Alone(first, sliceMs),
  );
  return [comparedLine('first-p50', 'us', compared, { atMost: 1.5 })];
}

/**
 * First executions, 64 in flight. Floor: 64 of those pairs of commits in flight through a pool of the same size.
 * For information, in the same rounds: what the same two commits give when they carry 32 rows each, twice in flight.
 */
export async function firstRate(on: Surroundings): Promise<Line[]> {
  const table = await plainTable(on, 'plain_rate');
  const first = firstExecution(on, 'first-rate');
  const { sliceMs, warmUpMs } = on.effort;
  const limit: Slice = async () =>
    ROWS_A_STATEMENT * (await rateInFlight(table.gathered, sliceMs, IN_FLIGHT / ROWS_A_STATEMENT));
  await rateInFlight(table.pair, warmUpMs);
  await rateInFlight(table.gathered, warmUpMs, IN_FLIGHT / ROWS_A_STATEMENT);
  await rateInFlight(first, warmUpMs);
  const compared = await interleave(
    on.effort,
    () => rateInFlight(table.pair, sliceMs),
    () => rateInFlight(first, sliceMs),
    limit,
  );
  return [
    comparedLine('first-rate-64', 'ops/s', compared, { atLeast: 2 }),
    comparedLine('first-limit-unnest-2x32', 'ops/s', compared, undefined, 2),
  ];
}

/** Executes an operation never seen before. */
export function firstExecution({ service }: Surroundings, type: string): () => Promise<unknown> {
  let n = 0;
  return () => {
    const own = n++;
    return service.run(operation(type, smallArgs(own)), () => smallResult(own));
  };
}
