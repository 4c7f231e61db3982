import { digest } from '../key/digest';
import { activeSpan } from './active-span';
import { addEvent, noted, type NotedPath } from './event';

interface Noted {
  readonly door: string;
  readonly keys?: readonly string[];
}

/** At these doors the span that is active is that of the call itself. */
const OWN_SPAN: ReadonlySet<string> = new Set(['activity', 'local-activity', 'standalone-activity']);

/**
 * Writes on the active span what became of a call: as an event, since one span may see many calls, and as attributes on
 * the span of an activity. Never in anybody's way.
 */
export function noteOnSpan({ door, keys }: Noted, path: NotedPath): void {
  try {
    const span = activeSpan();
    if (span === undefined) return;
    const key = keys?.[0];
    const attributes = noted(door, path, key === undefined ? undefined : digest(key));
    addEvent(span, attributes);
    if (OWN_SPAN.has(door)) span.setAttributes({ ...attributes });
  } catch {
    // A span that can't be written on is none.
  }
}
