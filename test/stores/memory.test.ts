import { MemoryStore } from '../../src/testing';
import { storeContract } from './contract';

storeContract('memory', () => {
  let now = 1_700_000_000_000;
  const store = new MemoryStore(() => now);
  return Promise.resolve({
    store,
    others: [],
    pass: (ms) => {
      now += ms;
      return Promise.resolve();
    },
    close: () => store.close(),
  });
});
