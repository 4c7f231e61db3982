import { setTimeout as sleep } from 'node:timers/promises';
import { fingerprint, type Operation } from '../../src';
import { comparedLine, type Line } from '../line';
import { interleave, IN_FLIGHT, p50Alone, rateInFlight, syncMicros } from '../measure';
import { kilobyteArgs, operation, RAW_VALUE, smallArgs, smallResult } from '../samples';
import type { Surroundings } from '../surroundings';

const KEYS = 1000;

/**
 * Duplicates through Redis, one after the other. Floor: a plain ioredis `get` of a value of the same size on a
 * connection of its own. Fair: the same number of keys on both sides, same server, slices by turns.
 */
export async function replayP50(on: Surroundings): Promise<Line[]> {
  const { replay, get, check } = await prepare(on, 'replay-p50', smallArgs);
  const { sliceMs } = on.effort;
  const compared = await interleave(
    on.effort,
    () => p50Alone(get, sliceMs),
    () => p50Alone(replay, sliceMs),
  );
  await check();
  return [comparedLine('replay-p50', 'us', compared, { atMost: 1.5 })];
}

/**
 * Duplicates through Redis, 64 in flight. Floor: 64 plain GETs in flight on one connection, which ioredis sends
 * each by itself. Ours may gather lookups; that is part of what is measured.
 */
export async function replayRate(on: Surroundings): Promise<Line[]> {
  const { replay, get, check } = await prepare(on, 'replay-rate', smallArgs);
  const { sliceMs } = on.effort;
  const compared = await interleave(
    on.effort,
    () => rateInFlight(get, sliceMs),
    () => rateInFlight(replay, sliceMs),
  );
  await check();
  return [comparedLine('replay-rate-64', 'ops/s', compared, { atLeast: 0.8 })];
}

/**
 * Duplicates with arguments of 1 KB, 64 in flight. Floor: 1 / (1 / GET rate + key time) with both measured in the
 * same round: GETs as above, key time as one `fingerprint` of the arguments (canonical text and one digest). Fair:
 * nobody can answer such a call without reading its arguments once.
 */
export async function replayKilobyteRate(on: Surroundings): Promise<Line[]> {
  const { replay, get, check, args } = await prepare(on, 'replay-1k', kilobyteArgs);
  const { sliceMs } = on.effort;
  const floor = async (): Promise<number> => {
    const keySeconds = syncMicros((n) => fingerprint(args[n % KEYS] ?? []), sliceMs / 2) / 1e6;
    return 1 / (1 / (await rateInFlight(get, sliceMs)) + keySeconds);
  };
  const compared = await interleave(on.effort, floor, () => rateInFlight(replay, sliceMs));
  await check();
  return [comparedLine('replay-1k-rate-64', 'ops/s', compared, { atLeast: 0.8 })];
}

/** As above, for other cases that replay: small arguments. */
export const prepareReplay = (on: Surroundings, type: string): Promise<Prepared> =>
  prepare(on, type, smallArgs);

export interface Prepared {
  readonly args: readonly (readonly unknown[])[];
  readonly replay: (n: number) => Promise<unknown>;
  readonly get: (n: number) => Promise<unknown>;
  /** That it was Redis that answered: otherwise the figure would be of something else. */
  readonly check: () => Promise<void>;
}

/** Completes 1,000 operations, waits until Redis has them all, puts as many plain values beside, warms both up. */
async function prepare(
  on: Surroundings,
  type: string,
  argsOf: (n: number) => readonly unknown[],
): Promise<Prepared> {
  const { service, redis, prefix, effort } = on;
  const args = Array.from({ length: KEYS }, (_, n) => argsOf(n));
  const operations = args.map((own) => operation(type, own));
  let bodies = 0;
  const replay = (n: number): Promise<unknown> =>
    service.run(operations[n % KEYS] as Operation, () => {
      bodies++;
      return smallResult(n);
    });
  const fillAll = async (): Promise<void> => {
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < KEYS) await replay(next++);
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
    await sleep(50);
  };
  await fillAll();
  await fillAll();
  const names = args.map((_, n) => `${prefix}:raw:${type}:${n}`);
  await redis.mset(...names.flatMap((name) => [name, RAW_VALUE]));
  const get = (n: number): Promise<unknown> => redis.get(names[n % KEYS] as string);
  await rateInFlight(get, effort.warmUpMs);
  await rateInFlight(replay, effort.warmUpMs);
  const strayBefore = await answeredByPostgres(on, type);
  return {
    args,
    replay,
    get,
    check: async () => {
      const stray = (await answeredByPostgres(on, type)) - strayBefore;
      if (bodies !== KEYS) throw new Error(`${type}: ${bodies} bodies ran for ${KEYS} operations`);
      if (stray > 0) on.note(`${type}: ${stray} replays were answered by Postgres`);
    },
  };
}

async function answeredByPostgres({ service }: Surroundings, type: string): Promise<number> {
  const { counts } = await service.stats();
  return counts.find((one) => one.type === type && one.path === 'postgres')?.count ?? 0;
}
