import type {
  Next,
  WorkflowClientInterceptor,
  WorkflowStartUpdateWithStartInput,
  WorkflowStartUpdateWithStartOutput,
} from '@temporalio/client';
import { RunClosedError } from '../start-door-errors';
import { hasUpdate } from '../temporal/workflow-runs';
import type { ClientHost } from './client';
import { amongForms } from './start-forms';
import { StartCall } from './start-call';
import { standing, startOn } from './start-on-server';

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
      // An update can't be taken back: what runs is compared before it is sent, and once more if another run got it.
      const before = call.compares ? await standing(host, call) : undefined;
      if (before !== undefined) await call.verify(before.runId);
      told = true;
      const answer = await startOn(host, call, () =>
        next({
          ...input,
          workflowStartOptions: call.options,
          workflowStartHeaders: call.headers(input.workflowStartHeaders),
        }),
      );
      if (answer.kind === 'over') {
        const { runId } = await call.verify(answer.run.firstRunId);
        return outcomeOf(host, call, input, answer.run.runId, runId);
      }
      const { runId } = answer.value.workflowExecution;
      if (runId !== undefined && runId !== before?.runId) await call.verify(runId);
      return answer.value;
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
  { updateName, updateOptions, updateTypeInfo }: Input,
  runId: string,
  firstRunId: string,
): Promise<Output> {
  const { workflowId } = call;
  const { updateId } = updateOptions;
  if (updateId === undefined || !(await hasUpdate(host.client(), workflowId, runId, updateId))) {
    throw new RunClosedError(call.key, workflowId, firstRunId, 'update', updateName);
  }
  return {
    workflowExecution: { workflowId, runId },
    updateId,
    ...(updateTypeInfo?.outputType === undefined ? {} : { updateOutputTypeInfo: updateTypeInfo.outputType }),
  };
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
