import { DEFAULT_CATCHUP_MS, type Live } from './describe';
import type { Job } from './job';
import { specWords } from './spec-words';
import { whyOf } from './why';

/** What is live, as a job that wants just that. Neither tenant nor resource is kept by the server. */
export function jobOfLive(live: Live, name: string = live.id): Job {
  const { action } = live;
  return {
    name,
    id: live.id,
    why: whyOf(action.summary, action.details),
    spec: live.spec,
    specText: specWords(live.spec),
    jobType: action.type,
    tenant: 'default',
    workflow: {
      type: action.type,
      taskQueue: action.taskQueue,
      workflowId: action.workflowId,
      args: action.args,
      ...(action.executionTimeoutMs === undefined ? {} : { executionTimeoutMs: action.executionTimeoutMs }),
      ...(action.runTimeoutMs === undefined ? {} : { runTimeoutMs: action.runTimeoutMs }),
    },
    overlap: live.overlap,
    ...(live.catchupWindowMs === DEFAULT_CATCHUP_MS ? {} : { catchupWindowMs: live.catchupWindowMs }),
    ...(action.expiry === undefined ? {} : { expiresAfterMs: action.expiry.afterMs }),
    pauseOnFailure: live.pauseOnFailure,
    paused: live.paused,
    movable: false,
    separateFrom: [],
  };
}
