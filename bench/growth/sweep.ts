import { timedMicros, type Slice } from '../measure';
import type { Grown } from './schemas';

const BLOCKS_A_SWEEP = 64;
/** So many at most: each takes away what the next can't find any more. */
export const SWEEPS = 20;

/** us of one statement of the sweep. */
export function sweepOnce({ upkeep }: Grown['store']): Slice {
  return () => timedMicros(() => upkeep.sweep({ restMs: 60_000, blocks: BLOCKS_A_SWEEP }));
}
