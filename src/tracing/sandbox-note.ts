import { sha256 } from '@noble/hashes/sha2';
import { base64url } from '../key/base64url';
import { activeSpan } from './active-span';
import { addEvent, noted, type NotedPath } from './event';

/**
 * Writes on the span that is active in a workflow, which is one of the SDK's OpenTelemetry interceptor if that stands in
 * the bundle. It reads, hashes and calls the span: no command, no random number, no promise, so a replay with or without
 * it is the same; what a replay writes is not exported, since the interceptor's sink is not called then.
 */
export function noteInWorkflow(door: string, key: string, path: NotedPath): void {
  try {
    const span = activeSpan();
    if (span !== undefined) addEvent(span, noted(door, path, base64url(sha256(key))));
  } catch {
    // A workflow never fails for a span.
  }
}
