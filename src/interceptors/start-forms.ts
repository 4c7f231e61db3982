import { digest } from '../key/digest';
import { StoreUnavailableError } from '../store-errors';
import { WorkflowIdMismatchError } from '../start-door-errors';
import type { ClientHost } from './client';
import type { StartCall } from './start-call';
import { standing } from './start-on-server';

/**
 * While a secret changes, an operation whose key is a digest has two workflow ids, and the server keeps only each of
 * them unique. So starts of both take one lock, whichever form is current where they come from, and look for the other
 * one's run before they start their own.
 * @throws WorkflowIdMismatchError naming the id under which the operation was started
 */
export async function amongForms<T>(host: ClientHost, call: StartCall, start: () => Promise<T>): Promise<T> {
  const other = call.resolved.workflowIds.find((id) => id !== call.workflowId);
  if (other === undefined) return start();
  const alone = async (): Promise<T> => {
    if ((await standing(host, call, other)) !== undefined) {
      throw new WorkflowIdMismatchError(
        call.workflowId,
        other,
        'it was started under the other key form while the forms change',
      );
    }
    return start();
  };
  const name = `start ${digest([...call.resolved.keys].sort().join('\n'))}`;
  let begun = false;
  const begin = (): Promise<T> => {
    begun = true;
    return alone();
  };
  try {
    const service = await host.service();
    return await service.lock(name, {}, begin);
  } catch (error) {
    // Once begun it is the start's own failure, or the lock was lost beneath it: not to be begun a second time.
    if (begun || !(error instanceof StoreUnavailableError) || host.onStoreUnavailable === 'fail') throw error;
    host.unprotected(call, 'goes on with the uniqueness of the server alone', error);
    return alone();
  }
}
