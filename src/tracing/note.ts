import { digest } from '../key/digest';
import type { CountPath } from '../metrics/count-path';
import { COUNTED } from '../metrics/counted';
import { activeSpan } from './active-span';

interface Noted {
  readonly door: string;
  readonly keys?: readonly string[];
}

/** At these doors the span that is active is that of the call itself. */
const OWN_SPAN: ReadonlySet<string> = new Set(['activity', 'local-activity', 'standalone-activity']);

/**
 * Writes on the active span what became of a call: as an event, since one span may see many calls, and as attributes on
 * the span of an activity. The key goes as its digest.
 */
export function noteOnSpan({ door, keys }: Noted, path: CountPath): void {
  const span = activeSpan();
  if (span === undefined) return;
  const key = keys?.[0];
  const attributes = {
    'temporal_once.door': door,
    'temporal_once.path': path,
    'temporal_once.outcome': outcomeOf(path),
    ...(key === undefined ? {} : { 'temporal_once.key_digest': digest(key) }),
  };
  span.addEvent('temporal_once', attributes);
  if (OWN_SPAN.has(door)) span.setAttributes(attributes);
}

/** The one word that tells whether a body ran, and what is known of its end. */
function outcomeOf(path: CountPath): string {
  const { name, says } = COUNTED[path];
  switch (name) {
    case 'temporal_once_duplicates':
      return 'replayed';
    case 'temporal_once_outcomes':
      return says?.[1] ?? path;
    case 'temporal_once_unknown_outcomes':
      return 'unknown_outcome';
    case 'temporal_once_turned_away':
      return 'turned_away';
    default:
      return path;
  }
}
