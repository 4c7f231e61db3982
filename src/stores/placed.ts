/** Something that can stand in a `Placed`. */
export interface Placeable {
  /** Where it stands; -1 while it does not. Written by `Placed` alone. */
  place: number;
}

/**
 * What is under way now, in no order. A plain array, in which each knows its own place: where things come and go thousands of times a
 * second, the tables that a `Set` or `Map` leaves behind each time it is rebuilt keep what was in them, and each other, until the next
 * full collection.
 */
export class Placed<One extends Placeable> {
  private readonly ones: One[] = [];

  get size(): number {
    return this.ones.length;
  }

  add(one: One): void {
    one.place = this.ones.push(one) - 1;
  }

  /** @returns whether it was there */
  remove(one: One): boolean {
    if (one.place < 0) return false;
    const last = this.ones.pop() as One;
    if (last !== one) {
      this.ones[one.place] = last;
      last.place = one.place;
    }
    one.place = -1;
    return true;
  }

  /** All that are there now, each once, whatever is removed meanwhile; those removed before their turn have none. */
  each(look: (one: One) => void): void {
    for (const one of [...this.ones]) if (one.place >= 0) look(one);
  }
}
