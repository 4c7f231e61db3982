import { activityOptionsFor, taskKeys } from '../../../src/workflow';
import { proxyActivities } from '@temporalio/workflow';
import { describedValue } from '../../unit/key/vector-values';

/** The key of each vector, as workflow code computes it. */
export async function keysOf(
  vectors: readonly { readonly builder: keyof typeof taskKeys; readonly fields: unknown }[],
): Promise<string[]> {
  return vectors.map(({ builder, fields }) =>
    (taskKeys[builder] as (fields: unknown) => string)(describedValue(fields)),
  );
}

/** Frozen options, merged by the SDK with those of one call. */
export async function closeTwice(ticketId: number): Promise<string[]> {
  const { close } = proxyActivities<{ close(ticketId: number): Promise<string> }>(
    activityOptionsFor('critical', {
      startToCloseTimeout: '20s',
      idempotency: { key: (id: number) => taskKeys.autoclose({ ticketId: id, date: '2025-10-01' }) },
    }),
  );
  const other = { key: taskKeys.autoclose({ ticketId, date: '2025-10-02' }) };
  return Promise.all([
    close(ticketId),
    close(ticketId),
    close.executeWithOptions({ retry: { maximumAttempts: 2 }, idempotency: other }, [ticketId]),
  ]);
}
