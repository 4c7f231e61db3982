import { bundle } from './cases/bundle';
import { coordinatePlans } from './cases/coordinate';
import { cpuFirst, cpuReplay } from './cases/cpu';
import { endToEnd } from './cases/end-to-end';
import { firstP50, firstRate } from './cases/first-execution';
import { growth } from './cases/growth';
import { growthChurn } from './cases/growth-churn';
import { growthIndexes } from './cases/growth-indexes';
import { growthPartitions } from './cases/growth-partitions';
import { growthSweep } from './cases/growth-sweep';
import { guard } from './cases/guard';
import { halfLoadFirst, halfLoadReplay, halfLoadWorkflows } from './cases/half-load';
import { keyTime } from './cases/key';
import { memory } from './cases/memory';
import {
  originalDuplicate,
  originalKey,
  originalLock,
  originalOverhead,
  originalStore,
} from './cases/original';
import { plugin, pluginSaturated } from './cases/plugin';
import { planValidate } from './cases/plan-validate';
import { peersDuplicateP50, peersDuplicateRate, peersFirstP50, peersFirstRate } from './cases/peers';
import { promoted } from './cases/promoted';
import { replayKilobyteRate, replayP50, replayRate } from './cases/replay';
import { startUp } from './cases/start-up';
import { widthKeys, widthOneKey, widthRates, widthRatesThroughPgBouncer } from './cases/width';
import type { Line } from './line';
import type { Surroundings } from './surroundings';

export interface Case {
  /** As `--case` takes it. */
  readonly name: string;
  /** Too long, or in need of too much, for `--quick`; by its name it runs there too. */
  readonly fullOnly?: boolean;
  /**
   * Measures and tells. A point of a series, made by `pointLine`, is named `case/at=VALUE`.
   * @throws Error when something is wrong with the measurement; the other cases run all the same.
   */
  readonly run: (on: Surroundings) => Promise<Line[]>;
}

/** In the order in which they run. */
export const CASES: readonly Case[] = [
  { name: 'replay-p50', run: replayP50 },
  { name: 'replay-rate', run: replayRate },
  { name: 'replay-1k-rate', run: replayKilobyteRate },
  { name: 'first-p50', run: firstP50 },
  { name: 'first-rate', run: firstRate },
  { name: 'key', run: keyTime },
  { name: 'original-key', run: originalKey },
  { name: 'original-duplicate', run: originalDuplicate },
  { name: 'original-store', run: originalStore },
  { name: 'original-lock', run: originalLock },
  { name: 'original-overhead', run: originalOverhead },
  { name: 'plugin', run: plugin },
  { name: 'plugin-saturated', run: pluginSaturated },
  { name: 'memory', run: memory },
  { name: 'plan-validate', run: planValidate },
  { name: 'coordinate', run: coordinatePlans },
  { name: 'guard', run: guard },
  { name: 'growth', fullOnly: true, run: growth },
  { name: 'growth-sweep', fullOnly: true, run: growthSweep },
  { name: 'growth-churn', fullOnly: true, run: growthChurn },
  { name: 'growth-indexes', fullOnly: true, run: growthIndexes },
  { name: 'growth-partitions', fullOnly: true, run: growthPartitions },
  { name: 'end-to-end', fullOnly: true, run: endToEnd },
  { name: 'start-up', fullOnly: true, run: startUp },
  { name: 'bundle', fullOnly: true, run: bundle },
  { name: 'half-load-replay', fullOnly: true, run: halfLoadReplay },
  { name: 'half-load-first', fullOnly: true, run: halfLoadFirst },
  { name: 'half-load-workflows', fullOnly: true, run: halfLoadWorkflows },
  { name: 'promoted', fullOnly: true, run: promoted },
  { name: 'cpu-replay', fullOnly: true, run: cpuReplay },
  { name: 'cpu-first', fullOnly: true, run: cpuFirst },
  { name: 'peers-duplicate-p50', fullOnly: true, run: peersDuplicateP50 },
  { name: 'peers-duplicate-rate', fullOnly: true, run: peersDuplicateRate },
  { name: 'peers-first-p50', fullOnly: true, run: peersFirstP50 },
  { name: 'peers-first-rate', fullOnly: true, run: peersFirstRate },
  { name: 'width', fullOnly: true, run: widthRates },
  { name: 'width-pgbouncer', fullOnly: true, run: widthRatesThroughPgBouncer },
  { name: 'width-one-key', fullOnly: true, run: widthOneKey },
  { name: 'width-keys', fullOnly: true, run: widthKeys },
];
