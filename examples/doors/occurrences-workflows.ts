import { proxyActivities } from '@temporalio/workflow';

const { sendReport } = proxyActivities<{ sendReport(site: string): Promise<string> }>({
  startToCloseTimeout: '1m',
});

export async function nightlyReport(site: string): Promise<string> {
  return sendReport(site);
}
