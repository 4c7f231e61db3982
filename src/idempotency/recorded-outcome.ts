import type { Outcome, Store } from '../stores/store';

/**
 * What is recorded under one of the keys, the cache asked first. Claims nothing and waits for nobody: undefined while the
 * operation runs, and where nobody has done it.
 * @throws StoreUnavailableError
 */
export async function recordedOutcome(store: Store, keys: readonly string[]): Promise<Outcome | undefined> {
  for (const key of keys) {
    const cached = await store.peek?.(key);
    if (cached !== undefined) return cached;
  }
  for (const key of keys) {
    const view = await store.lookup(key);
    if ((view?.state !== 'completed' && view?.state !== 'failed') || view.remainingMs <= 0) continue;
    const { state, fence, fingerprint, payload, context, remainingMs } = view;
    return {
      kind: 'outcome',
      from: 'store',
      state,
      fence,
      fingerprint,
      payload,
      context,
      retentionLeftMs: remainingMs,
      execution: '',
    };
  }
  return undefined;
}
