import type { Settlement, Store } from '../../src/stores/store';
import { mustClaim, newKey, releasing, request } from './subject';

/**
 * The same store, where each claim and each settlement comes in one turn with others, as under load: a store that
 * gathers sends them in one statement, by another function than a lone call. The neighbours get what is theirs.
 */
export function amongNeighbours(store: Store): Store {
  const claimed = () => mustClaim(store, request(newKey()));
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'claim')
        return async (...asked: Parameters<Store['claim']>) => {
          const before = claimed();
          const answer = store.claim(...asked);
          const around = Promise.all([before, claimed()]);
          return answer.finally(() => around);
        };
      if (name === 'settle')
        return async (settlement: Settlement) => {
          const [before, after] = await Promise.all([claimed(), claimed()]);
          const first = store.settle(releasing(before));
          const verdict = store.settle(settlement);
          const around = Promise.all([first, store.settle(releasing(after))]);
          return verdict.finally(async () => {
            if ((await around).some((one) => one !== 'done')) throw new Error('a neighbour was not settled');
          });
        };
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
