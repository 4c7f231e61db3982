import { constants, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { getHeapSpaceStatistics } from 'node:v8';
import { line, type Line } from '../line';
import { intervalOfMedian, median, rateInFlight } from '../measure';
import type { Surroundings } from '../surroundings';
import { firstExecution } from './first-execution';
import { prepareReplay } from './replay';

const REPLAY_BUDGET_BYTES = 128;
const FIRST_BUDGET_BYTES = 1024;
const ROUNDS = 9;
const MAX_TRIES = 4;

/**
 * What calls that have ended leave among the old objects until the next full collection, in bytes a call, with 64 in flight. It is what
 * full collections come of, during which calls wait for tens of ms. The floor is a budget: nothing of a replay has to
 * outlive a collection, and of a first execution little more than what the driver makes.
 */
export async function promoted(on: Surroundings): Promise<Line[]> {
  const { replay, check } = await prepareReplay(on, 'promoted-replay');
  const first = firstExecution(on, 'promoted-first');
  await rateInFlight(first, on.effort.warmUpMs);
  const ofReplays = await rounds(on, replay);
  await check();
  const ofFirsts = await rounds(on, first);
  return [
    promotedLine('promoted-replay', ofReplays, REPLAY_BUDGET_BYTES),
    promotedLine('promoted-first', ofFirsts, FIRST_BUDGET_BYTES),
  ];
}

function promotedLine(name: string, bytes: readonly number[], floor: number): Line {
  const interval = intervalOfMedian(bytes.map((one) => one / floor));
  return line(name, { value: median(bytes), unit: 'bytes/call', floor, interval }, { atMost: 1 });
}

async function rounds({ effort }: Surroundings, op: (n: number) => Promise<unknown>): Promise<number[]> {
  const all: number[] = [];
  while (all.length < Math.min(effort.rounds, ROUNDS)) all.push(await bytesACall(op, effort.sliceMs));
  return all;
}

/** A slice in which a full collection falls says nothing and is measured again. */
async function bytesACall(op: (n: number) => Promise<unknown>, ms: number): Promise<number> {
  let full = 0;
  const observer = new PerformanceObserver((list) => {
    for (const collection of list.getEntries())
      if (kindOf(collection) === constants.NODE_PERFORMANCE_GC_MAJOR) full++;
  });
  observer.observe({ entryTypes: ['gc'] });
  try {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      full = 0;
      let calls = 0;
      const before = oldBytes();
      await rateInFlight((n) => (calls++, op(n)), ms);
      const grown = oldBytes() - before;
      // The observer hears of collections a turn later.
      await sleep(5);
      if (full === 0) return Math.max(0, grown) / calls;
    }
    throw new Error(`a full collection fell into each of ${MAX_TRIES} slices of ${ms} ms`);
  } finally {
    observer.disconnect();
  }
}

/** As Node documents it; its types no longer have it. */
function kindOf(collection: PerformanceEntry): number | undefined {
  return (collection as PerformanceEntry & { readonly detail?: { readonly kind: number } }).detail?.kind;
}

function oldBytes(): number {
  return getHeapSpaceStatistics()
    .filter(({ space_name: name }) => name === 'old_space' || name === 'large_object_space')
    .reduce((sum, { space_used_size: used }) => sum + used, 0);
}
