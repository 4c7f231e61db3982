import type {
  Next,
  WorkflowClientInterceptor,
  WorkflowStartUpdateWithStartInput,
  WorkflowStartUpdateWithStartOutput,
} from '@temporalio/client';
import { RunClosedError } from '../start-door-errors';
import { hasUpdate } from '../temporal/workflow-update';
import type { ClientHost } from './client';
import { amongForms } from './start-forms';
import { StartCall } from './start-call';
import { comparedBefore, startOn } from './start-on-server';
import { onRecord } from './start-record';

type Input = WorkflowStartUpdateWithStartInput;
type Output = WorkflowStartUpdateWithStartOutput;
type NextCall = Next<WorkflowClientInterceptor, 'startUpdateWithStart'>;

/** A start that happens once, with an update for whichever run it is. */
export async function updateWithStart(host: ClientHost, input: Input, next: NextCall): Promise<Output> {
  let told = false;
  try {
    const call = await StartCall.of(host, input.workflowType, input.workflowStartOptions);
    if (call === undefined) {
      told = true;
      return await next(input);
    }
    return await amongForms(host, call, async () => {
      const record = await onRecord(host, call);
      if (record.outcome !== undefined) {
        const { runId, lastRunId } = record.outcome;
        const answer = await outcomeOf(host, call, input, lastRunId, runId);
        await refuse(input, next, closed(call, input, runId)).catch(() => undefined);
        return answer;
      }
      // An update can't be taken back: what runs is compared before it is sent, and after that whichever got it.
      if (record.open === undefined) await comparedBefore(host, call);
      told = true;
      const answer = await startOn(host, call, () =>
        next({
          ...input,
          workflowStartOptions: call.options,
          workflowStartHeaders: call.headers(input.workflowStartHeaders),
        }),
      );
      const run = answer.kind === 'started' ? answer.value.workflowExecution.runId : answer.run.firstRunId;
      const runId = await record.started(await call.verify(run as string, record.open));
      return answer.kind === 'over' ? outcomeOf(host, call, input, answer.run.runId, runId) : answer.value;
    });
  } catch (error) {
    if (told) throw error;
    return refuse(input, next, error);
  }
}

/** An update that the closed run has handled is answered again; the SDK fetches its outcome by this answer. */
async function outcomeOf(
  host: ClientHost,
  call: StartCall,
  input: Input,
  runId: string,
  firstRunId: string,
): Promise<Output> {
  const { workflowId } = call;
  const { updateId } = input.updateOptions;
  if (updateId === undefined || !(await hasUpdate(host.client(), workflowId, runId, updateId))) {
    throw closed(call, input, firstRunId);
  }
  const { outputType } = input.updateTypeInfo ?? {};
  return {
    workflowExecution: { workflowId, runId },
    updateId,
    ...(outputType === undefined ? {} : { updateOutputTypeInfo: outputType }),
  };
}

function closed({ key, workflowId }: StartCall, { updateName }: Input, runId: string): RunClosedError {
  return new RunClosedError(key, workflowId, runId, 'update', updateName);
}

/**
 * Whoever waits for `operation.workflowHandle()` is told by the SDK, and only from within the call: so the call is made
 * with options that fail as soon as they are read.
 */
function refuse(input: Input, next: NextCall, error: unknown): Promise<Output> {
  const workflowStartOptions = Object.defineProperty({ ...input.workflowStartOptions }, 'args', {
    get: () => {
      throw error;
    },
  });
  return next({ ...input, workflowStartOptions });
}
