import type { CountPath } from '../metrics/count-path';
import { COUNTED } from '../metrics/counted';
import type { Span } from './active-span';

/** What a span is told of: everything that is counted, and what nobody counts. */
export type NotedPath =
  | CountPath
  | 'sent' // the server took it; whether it was the first, whoever gets it knows
  | 'delivered' // the first message of its key went to its handler
  | 'dropped' // a repeated signal was not delivered
  | 'answered' // a repeated update got the first answer
  | 'recorded' // a result that came about elsewhere
  | 'turned_away' // such a result, where another outcome stands
  | 'created' // a schedule
  | 'conflict'; // a schedule that another one is in the way of

/** Doors at which nothing runs: what comes first there is started. */
const STARTING: ReadonlySet<string> = new Set(['start', 'standalone-start']);

/** Attributes of what became of a call. The key goes as its digest: SHA-256, base64url. */
export function noted(
  door: string,
  path: NotedPath,
  keyDigest: string | undefined,
): Readonly<Record<string, string>> {
  return {
    'temporal_once.door': door,
    'temporal_once.path': path,
    'temporal_once.outcome': outcomeOf(door, path),
    ...(keyDigest === undefined ? {} : { 'temporal_once.key_digest': keyDigest }),
  };
}

export function addEvent(span: Span, attributes: Readonly<Record<string, string>>): void {
  span.addEvent('temporal_once', { ...attributes });
}

/** The one word that tells whether a body ran, and what is known of its end. */
function outcomeOf(door: string, path: NotedPath): string {
  if (path === 'answered') return 'replayed';
  if (path === 'conflict') return 'turned_away';
  if (!isCounted(path)) return path;
  const { name, says } = COUNTED[path];
  switch (name) {
    case 'temporal_once_duplicates':
      return 'replayed';
    case 'temporal_once_outcomes':
      return STARTING.has(door) && path === 'first' ? 'started' : (says?.[1] ?? path);
    case 'temporal_once_unknown_outcomes':
      return 'unknown_outcome';
    case 'temporal_once_turned_away':
      return 'turned_away';
    default:
      return path;
  }
}

function isCounted(path: NotedPath): path is CountPath {
  return path in COUNTED;
}
