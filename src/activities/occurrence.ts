import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { OperationRunningError } from '../claim-errors';
import { FAILURE_TYPES } from '../failures';
import { OutcomeCodec } from '../idempotency/codec';
import type { Engine } from '../idempotency/engine';
import { Occurrence, type Ended, type Verdict } from '../idempotency/occurrence';
import { resolveOccurrence } from '../idempotency/occurrence-key';
import type { OccurrenceAsk } from '../idempotency/occurrence-policy';
import type { Resolver } from '../idempotency/resolve';
import { clientOf, converterOf } from '../interceptors/attempt';
import { asFailure } from '../interceptors/failures';
import { logEvent } from '../log-events';
import { isChainGoingOn } from '../temporal/workflow-runs';

/** Local activities of workflows that a schedule starts. Each may be repeated at any time. */
export interface OccurrenceActivities {
  'temporal-once:occurrence-begin'(ask: OccurrenceAsk): Promise<Verdict>;
  'temporal-once:occurrence-outcome'(ask: OccurrenceAsk): Promise<unknown>;
  'temporal-once:occurrence-end'(ask: OccurrenceAsk, result: unknown): Promise<Ended>;
  'temporal-once:occurrence-release'(ask: OccurrenceAsk): Promise<void>;
}

export interface OccurrenceHost {
  readonly engine: Engine;
  readonly resolver: Resolver;
}

export function occurrenceActivities(host: () => OccurrenceHost): OccurrenceActivities {
  const about = async <T>(ask: OccurrenceAsk, run: (one: Occurrence) => Promise<T>): Promise<T> => {
    try {
      return await run(occurrenceOf(host(), ask));
    } catch (error) {
      throw failureOf(error);
    }
  };
  return {
    'temporal-once:occurrence-begin': (ask) => about(ask, (one) => one.begin()),
    'temporal-once:occurrence-outcome': (ask) => about(ask, (one) => one.outcome()),
    'temporal-once:occurrence-end': (ask, result) => about(ask, (one) => one.end(result)),
    'temporal-once:occurrence-release': (ask) => about(ask, (one) => one.release()),
  };
}

function occurrenceOf({ engine, resolver }: OccurrenceHost, ask: OccurrenceAsk): Occurrence {
  const ctx = Context.current();
  const { namespace } = ctx.info;
  return new Occurrence(engine, {
    ask,
    namespace,
    ...resolveOccurrence(resolver, { ...ask, namespace }),
    // As the server has it: the result of a workflow.
    codec: new OutcomeCodec(converterOf(ctx), { type: 'workflow', namespace, workflowId: ask.workflowId }),
    isGoingOn: async (id, firstRunId) => {
      const client = clientOf(ctx);
      if (client !== undefined) return isChainGoingOn(client, id, firstRunId);
      throw new Error('there is no client to ask whether another run is still going on');
    },
    log: (event, attributes) => logEvent(ctx.log, event, attributes),
  });
}

/** Another run's lease says nothing of when it will end: the pace is that of the workflow's own retries. */
function failureOf(error: unknown): unknown {
  if (!(error instanceof OperationRunningError)) return asFailure(error);
  return ApplicationFailure.create({
    message: error.message,
    type: FAILURE_TYPES.operationRunning,
    nonRetryable: !error.retryable,
    details: [{ key: error.key }],
  });
}
