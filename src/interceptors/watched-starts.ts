import type { Idempotency } from '../idempotency/service';
import { isStartWorkflowId } from '../key/server-id';
import { bounded } from '../stores/bounded';
import { completedEvent, continuedEvent, runEndOf } from '../temporal/run-end';
import type { RunWatcher } from '../temporal/watched-connection';

/** Longest time that a caller waits for the record before it gets the result that the server has given. */
const RECORD_WITHIN_MS = 2_000;

/**
 * Records what comes out of started workflows before its caller sees it, and answers from the record when the server no
 * longer knows the run.
 */
export function watchedStarts(service: () => Promise<Idempotency>): RunWatcher {
  return {
    concerns: isStartWorkflowId,

    async closed(run, event, server) {
      const end = runEndOf(event, run);
      if (end === undefined) return;
      // What can't be recorded in time may be recorded yet: the statement goes on, and the upkeep reads the event too.
      const recording = service().then(({ starts }) => starts?.outcome(run, end, server));
      await bounded(recording, RECORD_WITHIN_MS, 'the record').catch(() => undefined);
    },

    async gone(run, server) {
      const { starts } = await service();
      const answer = await starts?.answer(run, server);
      if (answer === undefined) return undefined;
      return answer.kind === 'result' ? completedEvent(answer.payload) : continuedEvent(answer.runId);
    },
  };
}
