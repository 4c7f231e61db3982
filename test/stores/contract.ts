import { activityTypesContract } from './contract-activity-types';
import { batchContract } from './contract-batches';
import { claimContract } from './contract-claims';
import { outcomeContract } from './contract-outcomes';
import { settleContract } from './contract-settle';
import { startContract } from './contract-starts';
import { stepContract } from './contract-steps';
import type { Open } from './subject';

/** The words of src/stores/store.ts as tests: one suite, run by every store. */
export function storeContract(name: string, open: Open): void {
  claimContract(name, open);
  settleContract(name, open);
  outcomeContract(name, open);
  batchContract(name, open);
  stepContract(name, open);
  activityTypesContract(name, open);
  startContract(name, open);
}
