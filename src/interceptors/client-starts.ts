import type { WorkflowClientInterceptor } from '@temporalio/client';
import { RunClosedError } from '../start-door-errors';
import type { ClientHost } from './client';
import { amongForms } from './start-forms';
import { StartCall } from './start-call';
import { standing, startOn } from './start-on-server';
import { updateWithStart } from './start-with-update';

/** Starts of workflows with `idempotency` in their options happen once; all others pass through. */
export function workflowStarts(host: ClientHost): WorkflowClientInterceptor {
  return {
    async startWithDetails(input, next) {
      const call = await StartCall.of(host, input.workflowType, input.options);
      if (call === undefined) return next(input);
      return amongForms(host, call, async () => {
        const { options } = call;
        const headers = call.headers(input.headers);
        const answer = await startOn(host, call, () => next({ ...input, options, headers }));
        if (answer.kind === 'started') {
          const { runId } = await call.verify(answer.value.runId);
          return { ...answer.value, runId };
        }
        const { runId } = await call.verify(answer.run.firstRunId);
        return { runId, eagerlyStarted: false };
      });
    },

    async signalWithStart(input, next) {
      const call = await StartCall.of(host, input.workflowType, input.options);
      if (call === undefined) return next(input);
      return amongForms(host, call, async () => {
        const { options } = call;
        const headers = call.headers(input.headers);
        // A signal can't be taken back: what runs is compared before it is sent, and once more if another run got it.
        const before = call.compares ? await standing(host, call) : undefined;
        if (before !== undefined) await call.verify(before.runId);
        const answer = await startOn(host, call, () => next({ ...input, options, headers }));
        if (answer.kind === 'over') {
          const { runId } = await call.verify(answer.run.firstRunId);
          throw new RunClosedError(call.key, call.workflowId, runId, 'signal', input.signalName);
        }
        if (answer.value !== before?.runId) await call.verify(answer.value);
        return answer.value;
      });
    },

    startUpdateWithStart: (input, next) => updateWithStart(host, input, next),
  };
}
