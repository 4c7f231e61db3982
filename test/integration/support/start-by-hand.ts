import { WorkflowExecutionAlreadyStartedError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { OncePlugin } from '../../../src';
import { outcomeNotKept, type KnownStart, type StartRecords } from '../../../src/idempotency/start-records';

export interface Asked {
  readonly type: string;
  readonly key: string;
  readonly args: unknown[];
  readonly taskQueue: string;
  readonly retentionMs?: number;
  /** Ends this process after the server has answered and before the record is told. */
  readonly killed?: () => Promise<void>;
}

export const workflowIdOf = ({ type, key }: Pick<Asked, 'type' | 'key'>): string => `global/${type}/${key}`;
export const keyOf = ({ type, key }: Pick<Asked, 'type' | 'key'>): string =>
  `1/default/global/workflow:${type}/${key}`;

/** Starts as the record expects a door to: what is known, the server, the record. */
export async function startOnce(client: Client, once: OncePlugin, asked: Asked): Promise<WorkflowHandle> {
  const starts = (await once.idempotency()).starts as StartRecords;
  const [key, workflowId] = [keyOf(asked), workflowIdOf(asked)];
  let known: KnownStart = await starts.known([key]);
  if (known.kind === 'open') known = await starts.look(known, client);
  if (known.kind === 'lost') throw outcomeNotKept(known);
  if (known.kind !== 'none') return client.workflow.getHandle(workflowId, known.run?.runId);
  const runId = await onServer(client, asked, workflowId);
  await asked.killed?.();
  const { type, retentionMs = 3_600_000 } = asked;
  const start = {
    key,
    workflowId,
    runId,
    type: `workflow:${type}`,
    namespace: 'default',
    retentionMs,
    fingerprint: 'f',
  };
  const recorded = await starts.started(start, client);
  return client.workflow.getHandle(workflowId, recorded.runId);
}

async function onServer(
  client: Client,
  { type, args, taskQueue }: Asked,
  workflowId: string,
): Promise<string> {
  try {
    const handle = await client.workflow.start(type, {
      taskQueue,
      workflowId,
      args,
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      workflowExecutionTimeout: '100s',
    });
    return handle.firstExecutionRunId;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return (await client.workflow.getHandle(workflowId).describe()).runId;
  }
}
