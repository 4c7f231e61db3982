import type { Http2Session } from 'node:http2';

/** As the SDKs ask a server directly: the server allows one in ten seconds. */
const EVERY_MS = 30_000;
const WITHIN_MS = 15_000;

/**
 * Ends a connection whose other side answers no ping. A client's own pings end at the guard, so it would not learn of a server
 * that has vanished; nor would the server learn of a vanished client whose long polls it keeps.
 */
export function keepAlive(session: Http2Session, everyMs = EVERY_MS, withinMs = WITHIN_MS): void {
  let overdue: NodeJS.Timeout | undefined;
  const timer = setInterval(() => {
    if (session.destroyed || overdue !== undefined) return;
    overdue = setTimeout(() => session.destroy(new Error(`no answer to a ping in ${withinMs} ms`)), withinMs);
    overdue.unref();
    session.ping(() => {
      clearTimeout(overdue);
      overdue = undefined;
    });
  }, everyMs);
  timer.unref();
  session.once('close', () => {
    clearInterval(timer);
    clearTimeout(overdue);
  });
}
