import { EventEmitter } from 'node:events';

const MOST_OBJECTS = 5_000;
/** Fields that lead to what others keep. */
const OTHERS = new Set(['client', 'worker', 'meter', 'converter', 'pool']);

/**
 * How many entries each map, set and array has that is reached from `root` by fields: what a service keeps grows there
 * first, long before it shows in the heap. Clients of Postgres, Redis and Temporal are left out, and what is in the
 * collections.
 */
export function entriesUnder(root: object, name: string): Record<string, number> {
  const found: Record<string, number> = {};
  const seen = new Set<object>();
  const queue: [object, string][] = [[root, name]];
  for (const [object, path] of queue) {
    if (seen.size > MOST_OBJECTS) break;
    if (seen.has(object) || isForeign(object)) continue;
    seen.add(object);
    if (object instanceof Map || object instanceof Set) found[path] = object.size;
    else if (Array.isArray(object)) found[path] = object.length;
    else
      for (const [field, value] of Object.entries(object))
        if (typeof value === 'object' && value !== null && !OTHERS.has(field))
          queue.push([value as object, `${path}.${field}`]);
  }
  return found;
}

function isForeign(object: object): boolean {
  return (
    object instanceof EventEmitter ||
    object instanceof Promise ||
    object instanceof EventTarget ||
    ArrayBuffer.isView(object)
  );
}
