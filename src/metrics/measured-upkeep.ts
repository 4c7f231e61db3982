import type { StoreUpkeep } from '../stores/upkeep';
import type { Metrics } from './metrics';

/** The same upkeep, its progress measured. */
export function measuredUpkeep(upkeep: StoreUpkeep, metrics: Metrics): StoreUpkeep {
  return {
    identity: () => upkeep.identity(),
    raiseGeneration: () => upkeep.raiseGeneration(),
    weakSettings: () => upkeep.weakSettings(),
    sweep: async (limits) => {
      const part = await upkeep.sweep(limits);
      metrics.add('temporal_once_swept', part.swept);
      if (part.done) metrics.add('temporal_once_sweep_rounds', 1);
      return part;
    },
    trim: async (keepMs) => {
      const trimmed = await upkeep.trim(keepMs);
      metrics.add('temporal_once_trimmed', trimmed);
      return trimmed;
    },
    replayInvalidations: async () => {
      const round = await upkeep.replayInvalidations();
      metrics.add('temporal_once_invalidations_replayed', round.replayed);
      metrics.set('temporal_once_invalidations_pending', round.pending);
      return round;
    },
  };
}
