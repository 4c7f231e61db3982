import { OnceError, type Idempotency } from '../../src';
import { nowMs } from '../clock';
import type { Journal } from '../journal/journal';
import type { Value } from '../journal/line';
import { RETENTION } from '../settings';
import { claimedRun, type Bodies } from './bodies';
import type { Operation } from './operations';

/** From the harness: call the service for this operation. */
export interface CallMessage {
  readonly is: 'call';
  readonly id: string;
  readonly operation: Operation;
}

/** Back to it, whatever came of it. */
export interface CalledMessage {
  readonly is: 'called';
  readonly id: string;
}

/** Calls of the service beside the worker, as an API handler makes them, on the same records as the activities. */
export function answerCalls(service: Idempotency | undefined, bodies: Bodies, journal: Journal): void {
  const call = async ({ id, operation }: CallMessage): Promise<void> => {
    const askedAt = nowMs();
    try {
      const value = await (service === undefined
        ? bodies.leased(operation, { fence: 0, attempt: 1, by: id })
        : throughService(service, bodies, id, operation));
      journal.write({ is: 'answer', key: operation.id, askedAt, by: id, door: 'service', value });
    } catch (error) {
      const why =
        error instanceof OnceError ? error.code : error instanceof Error ? error.message : String(error);
      journal.write({ is: 'refused', key: operation.id, by: id, why });
    }
    process.send?.({ is: 'called', id } satisfies CalledMessage);
  };
  process.on('message', (message) => {
    if ((message as { is?: unknown }).is === 'call') void call(message as CallMessage);
  });
}

function throughService(
  service: Idempotency,
  bodies: Bodies,
  id: string,
  operation: Operation,
): Promise<Value> {
  const { type } = operation;
  return service.run(
    { type, args: [operation], scope: 'global', key: operation.id, ttl: RETENTION },
    () => bodies.leased(operation, claimedRun(id)),
    { waitTimeout: '6s' },
  );
}
