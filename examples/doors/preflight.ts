import 'temporal-once/workflow'; // gives activity options the field `idempotency`
import { proxyActivities } from '@temporalio/workflow';

interface Activities {
  report(site: string, day: string): Promise<string>;
}

const { report } = proxyActivities<Activities>({
  startToCloseTimeout: '10m',
  idempotency: {
    scope: 'global',
    key: (site: string, day: string) => [site, day],
    category: 'report',
    preflight: true,
  },
});

/** The second workflow of the day finds the report before it queues for it. */
export async function dailyReport(site: string, day: string): Promise<string> {
  return report(site, day);
}
