import type { ClearReport, Store } from '../stores/store';
import type { ClearResult } from './service-options';

/** Clears one operation in all its key forms; says the worst of what there is to say. */
export async function clearKeys(store: Store, keys: readonly string[]): Promise<ClearResult> {
  const reports: ClearReport[] = [];
  for (const key of keys) reports.push(await store.clear(key));
  const worst = reports.find(({ cache }) => cache === 'missed') ?? reports[0];
  const lived = reports.find(({ previous }) => previous !== 'absent') ?? reports[0];
  return {
    previous: lived?.previous ?? 'absent',
    cache: worst?.cache ?? 'none',
    cacheMaxAgeMs: worst?.cacheMaxAgeMs ?? 0,
    pending: worst?.pending ?? false,
  };
}
