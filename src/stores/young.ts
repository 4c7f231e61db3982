/**
 * An array of what is under way. V8 counts how much of what an `[]` or `{…}` in the code made outlives a collection; where
 * that is much, as in the first moments of a busy process, the place makes old objects from then on. Each of those, itself soon dead,
 * keeps alive what it points at until the next full collection. Arrays made by a function are not counted so, nor are objects of
 * classes: what is held while somebody else is asked is made in these ways.
 */
export function youngList<One>(...ones: One[]): One[] {
  return Array.of<One>(...ones);
}
