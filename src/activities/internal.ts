import { Context } from '@temporalio/activity';
import type { WorkerOptions } from '@temporalio/worker';
import { InvalidOptionError } from '../errors';
import type { ActivityHost } from '../interceptors/activity';
import { isInternal } from '../interceptors/internal-activities';
import { occurrenceActivities } from './occurrence';

/** Our own functions: a plugin that is applied twice finds them there. */
const ours = new WeakSet<object>();

/**
 * Registers the activities that workflow interceptors call as local ones. A worker without workflows has no use for them.
 * One without activities of its own does not begin to poll for remote ones: it would take tasks that it can't do.
 *
 * @throws InvalidOptionError when the worker has an activity of such a name
 */
export function withInternalActivities(options: WorkerOptions, host: () => ActivityHost): WorkerOptions {
  if (options.workflowsPath === undefined && options.workflowBundle === undefined) return options;
  const given = Object.entries((options.activities ?? {}) as Record<string, unknown>);
  const taken = given.filter(([name]) => isInternal(name));
  const foreign = taken.find(([, activity]) => !ours.has(activity as object));
  if (foreign !== undefined) {
    throw new InvalidOptionError(
      `activities.${foreign[0]}`,
      'is a name of this package',
      'Choose another name for your activity',
    );
  }
  const hasOwn = given.some(([name, activity]) => typeof activity === 'function' && !isInternal(name));
  return {
    ...options,
    activities: { ...Object.fromEntries(given), ...(taken.length > 0 ? {} : internalActivities(host)) },
    ...(hasOwn ? {} : { enableNonLocalActivities: false }),
  };
}

/** Without ours: what policies are about. */
export function usersActivities(all: ReadonlyMap<string, unknown>): ReadonlyMap<string, unknown> {
  return new Map([...all].filter(([name]) => !isInternal(name)));
}

function internalActivities(host: () => ActivityHost): Record<string, object> {
  const made = Object.fromEntries(
    Object.entries(occurrenceActivities(host)).map(([name, activity]) => [name, local(activity as Activity)]),
  );
  Object.values(made).forEach((activity) => ours.add(activity));
  return made;
}

type Activity = (...args: unknown[]) => Promise<unknown>;

/** Scheduled by anybody else they would tell what is recorded. */
function local(body: Activity): Activity {
  return async (...args) => {
    if (Context.current().info.isLocal) return body(...args);
    throw new InvalidOptionError(
      'activities',
      'it is for workflow code with this package on this worker',
      'Do not schedule it yourself',
    );
  };
}
