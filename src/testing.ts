/** For users' unit tests: the whole service on a store in memory, with a clock that can be set. */
export { MemoryStore } from './stores/memory/memory-store';
