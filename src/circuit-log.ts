import { logEvent, type Logger } from './log-events';

const SAY_EVERY_MS = 60_000;

/** Says when Redis is away and when it is back: once a minute, however often that changes. */
export function saysCircuit(logger: Logger): (isOpen: boolean) => void {
  let saidAtMs = -Infinity;
  let saidOpen = false;
  return (isOpen) => {
    if (isOpen === saidOpen) return;
    const now = performance.now();
    if (isOpen && now - saidAtMs < SAY_EVERY_MS) return;
    if (isOpen) saidAtMs = now;
    saidOpen = isOpen;
    logEvent(logger, isOpen ? 'redis_away' : 'redis_back');
  };
}
