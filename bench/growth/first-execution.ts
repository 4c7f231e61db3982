import { randomUUID } from 'node:crypto';
import type { PostgresStore } from '../../src/stores/postgres/postgres-store';
import type { ClaimRequest } from '../../src/stores/store';
import { digest, payloadAtRest, typeOf } from './records';

const PAYLOAD = payloadAtRest();
const RETENTION_MS = 3_600_000;
const FINGERPRINT = digest('arguments');

let made = 0;

/** A claim on a new key as an activity makes it: with everything that is known of its owner. */
export function newClaim(): ClaimRequest {
  const n = made++;
  const run = randomUUID();
  const now = String(Date.now());
  return {
    key: `1/default/global/${typeOf(n)}/#${digest(`new ${n} ${process.pid} ${now}`)}`,
    type: typeOf(n),
    fingerprints: [FINGERPRINT],
    owner: {
      execution: ['activity', 'default', run, '1'].join('\n'),
      startOrder: Number(now),
      detail: {
        door: 'activity',
        namespace: 'default',
        activityId: '1',
        workflowId: `order-${randomUUID()}`,
        runId: run,
        attempt: '1',
        attemptScheduledMs: now,
      },
    },
    nonce: randomUUID(),
    leaseMs: 30_000,
    useCache: false,
  };
}

/** Claims and completes, as two commits. @returns ms until the claim was had. @throws Error when either was not done */
export async function firstExecution(store: PostgresStore, retentionMs = RETENTION_MS): Promise<number> {
  const request = newClaim();
  const { key, nonce, owner } = request;
  const askedAt = performance.now();
  const claim = await store.claim(request);
  const tookMs = performance.now() - askedAt;
  if (claim.kind !== 'claimed') throw new Error(`a new key was ${claim.kind}`);
  const context = JSON.stringify({ type: 'activity', ...pick(owner.detail), isLocal: false });
  const verdict = await store.settle({
    ...{ op: 'complete', key, fence: claim.fence, nonce, payload: PAYLOAD, context, retentionMs },
    cache: undefined,
  });
  if (verdict !== 'done') throw new Error(`a claim of its own was ${verdict}`);
  return tookMs;
}

function pick(detail: Readonly<Record<string, string>>): Record<string, string | undefined> {
  const { namespace, activityId, workflowId } = detail;
  return { namespace, activityId, workflowId };
}
