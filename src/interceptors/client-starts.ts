import type { WorkflowClientInterceptor } from '@temporalio/client';
import { RunClosedError } from '../start-door-errors';
import type { ClientHost } from './client';
import { amongForms } from './start-forms';
import { StartCall } from './start-call';
import { comparedBefore, startOn } from './start-on-server';
import { onRecord } from './start-record';
import { updateWithStart } from './start-with-update';

/** Starts of workflows with `idempotency` in their options happen once; all others pass through. */
export function workflowStarts(host: ClientHost): WorkflowClientInterceptor {
  return {
    async startWithDetails(input, next) {
      const call = await StartCall.of(host, input.workflowType, input.options);
      if (call === undefined) return next(input);
      return amongForms(host, call, async () => {
        const { options } = call;
        const record = await onRecord(host, call);
        if (record.outcome !== undefined) return { runId: record.outcome.runId, eagerlyStarted: false };
        const headers = call.headers(input.headers);
        const answer = await startOn(host, call, () => next({ ...input, options, headers }));
        const started = answer.kind === 'started';
        const run = started ? answer.value.runId : answer.run.firstRunId;
        const runId = await record.started(await call.verify(run, record.open));
        return { runId, eagerlyStarted: started && answer.value.eagerlyStarted };
      });
    },

    async signalWithStart(input, next) {
      const call = await StartCall.of(host, input.workflowType, input.options);
      if (call === undefined) return next(input);
      return amongForms(host, call, async () => {
        const { options } = call;
        const record = await onRecord(host, call);
        const closed = (runId: string): RunClosedError =>
          new RunClosedError(call.key, call.workflowId, runId, 'signal', input.signalName);
        if (record.outcome !== undefined) throw closed(record.outcome.runId);
        const headers = call.headers(input.headers);
        // A signal can't be taken back: what runs is compared before it is sent, and after that whichever got it.
        if (record.open === undefined) await comparedBefore(host, call);
        const answer = await startOn(host, call, () => next({ ...input, options, headers }));
        const run = answer.kind === 'started' ? answer.value : answer.run.firstRunId;
        const runId = await record.started(await call.verify(run, record.open));
        if (answer.kind === 'over') throw closed(runId);
        return answer.value;
      });
    },

    startUpdateWithStart: (input, next) => updateWithStart(host, input, next),
  };
}
