import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/**
 * Stands outside the plugin and throws a finished attempt's result away, once per activity: to the server it
 * looks as if the worker had died between the record and its report.
 */
export function losesFirstReport(): ActivityInterceptorsFactory {
  const lost = new Set<string>();
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        const result = await next(input);
        const id = `${info.workflowExecution?.runId}/${info.activityId}`;
        if (lost.has(id)) return result;
        lost.add(id);
        throw new Error('this report was lost');
      },
    },
  });
}
