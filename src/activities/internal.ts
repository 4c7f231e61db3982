import { Context } from '@temporalio/activity';
import { rawValueTypeInfo, type ActivityFunction } from '@temporalio/common';
import type { WorkerOptions } from '@temporalio/worker';
import { InvalidOptionError } from '../errors';
import type { ActivityHost } from '../interceptors/activity';
import {
  INTERNAL_ACTIVITIES,
  isInternal,
  type ChildOutcomeRequest,
  type ChildRunRequest,
  type PreflightRequest,
} from '../interceptors/internal-activities';
import { childOutcome, childRun } from './child-runs';
import { countExpired } from './expired';
import { occurrenceActivities } from './occurrence';
import { preflight } from './preflight';

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

function internalActivities(host: () => ActivityHost): Record<string, ActivityFunction> {
  const { preflight: ask, childRun: find, childOutcome: await_, expired } = INTERNAL_ACTIVITIES;
  const made: Record<string, ActivityFunction> = {
    [ask]: raw(local((request: PreflightRequest, ...args: unknown[]) => preflight(host(), request, args))),
    [find]: local((request: ChildRunRequest, ...args: unknown[]) => childRun(host(), request, args)),
    [expired]: local(() => countExpired(host)),
    [await_]: raw(local((request: ChildOutcomeRequest) => childOutcome(request))),
    ...Object.fromEntries(
      Object.entries(occurrenceActivities(host)).map(([name, body]) => [name, local(body as AnyActivity)]),
    ),
  };
  Object.values(made).forEach((activity) => ours.add(activity));
  return made;
}

type AnyActivity = (...args: unknown[]) => Promise<unknown>;

/** Scheduled by anybody else they would tell what is recorded. */
function local<A extends unknown[], R>(body: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    if (!Context.current().info.isLocal) {
      throw new InvalidOptionError(
        'activities',
        'it is for workflow code with this package on this worker',
        'Do not schedule it yourself',
      );
    }
    return body(...args);
  };
}

/** Its results are payloads as they are: no converter makes anything of them on the way. */
function raw<T extends object>(activity: T): T {
  return Object.assign(activity, {
    activityDefinitionOptions: { typeInfo: { outputType: rawValueTypeInfo } },
  });
}
