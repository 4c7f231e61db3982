import { proxyActivities } from '@temporalio/workflow';
import '../../src/workflow';

/** Distinct in every run: nothing here is a duplicate. */
export interface Part {
  readonly id: string;
}

const { work } = proxyActivities<{ work(part: Part): Promise<Part> }>({
  startToCloseTimeout: '1 minute',
  // Without the plugin nobody reads this.
  idempotency: { scope: 'global', key: (part: Part) => part.id },
});

/** One activity after the other. */
export async function chain(name: string, activities: number): Promise<void> {
  for (let n = 0; n < activities; n++) await work({ id: `${name}-${n}` });
}
