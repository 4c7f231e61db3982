import type { WorkerOptions } from '@temporalio/worker';

/** Begins the names of the activities that the plugin registers itself: the SDK reserves `__temporal_`. */
const PREFIX = '__once_';

/** Whether an activity is the package's own: never protected, and no matter of the user's. */
export function isInternal(activityType: string): boolean {
  return activityType.startsWith(PREFIX);
}

export function withoutInternal(activities: ReadonlyMap<string, unknown>): ReadonlyMap<string, unknown> {
  return new Map([...activities].filter(([name]) => !isInternal(name)));
}

/**
 * Registers activities that workflow interceptors call as local ones. A worker without workflows has no use for them. One
 * without activities of its own begins no polling for remote ones: others of its task queue may have activities
 * that this one does not know.
 */
export function withInternalActivities(options: WorkerOptions, ours: object): WorkerOptions {
  if (options.workflowsPath === undefined && options.workflowBundle === undefined) return options;
  const given = Object.entries(options.activities ?? {});
  const hasOwn = given.some(([name, one]) => typeof one === 'function' && !isInternal(name));
  return {
    ...options,
    activities: { ...Object.fromEntries(given), ...ours },
    ...(hasOwn ? {} : { enableNonLocalActivities: false }),
  };
}

/** Whether a later plugin has added activities to a worker that was found without: nobody polls for those. */
export function unpolled(options: {
  readonly enableNonLocalActivities: boolean;
  readonly activities: ReadonlyMap<string, unknown>;
}): readonly string[] {
  return options.enableNonLocalActivities ? [] : [...withoutInternal(options.activities).keys()];
}
