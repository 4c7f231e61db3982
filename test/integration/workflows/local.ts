import { proxyLocalActivities, type ActivityFunction, type LocalActivityOptions } from '@temporalio/workflow';
import '../../../src/workflow';

/** One local activity of any name, with options that came as data. */
export async function callLocal(
  name: string,
  args: unknown[],
  options: LocalActivityOptions = {},
): Promise<unknown> {
  const activity = proxyLocalActivities<Record<string, ActivityFunction>>({
    startToCloseTimeout: '20s',
    retry: { initialInterval: '50ms', backoffCoefficient: 1, maximumAttempts: 4 },
    ...options,
  })[name] as ActivityFunction;
  return activity(...args);
}
