import { compositeKey } from '../schedules/composite-key';
import type { Spec } from '../schedules/spec';
import type { FreeOffset } from '../schedule-errors';
import { moved, timesInWords } from './moved-spec';
import type { Wanted } from './wanted';

/** Each minute up to an hour, then every five up to half a day: further than that a job is another one. */
const FINE_MINUTES = 60;
const COARSE_MINUTES = 5;
const MOST_MINUTES = 720;
const ASKED_AT_ONCE = 8;
const ENOUGH = 2;

export interface Around {
  /** Which of these composite keys somebody has. */
  readonly taken: (keys: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Whether the server lists a schedule with these times. */
  readonly listed: (spec: Spec) => boolean;
  /** Whether at these times no other schedule is met that must not be. */
  readonly free: (spec: Spec) => boolean;
}

/** The nearest moves by whole minutes that are free, nearest first; the later one before the earlier. */
export async function freeOffsets(wanted: Wanted, around: Around): Promise<readonly FreeOffset[]> {
  const found: FreeOffset[] = [];
  let some: Move[] = [];
  const ask = async (): Promise<void> => {
    const others = await around.taken(some.map(({ key }) => key));
    for (const { key, offset } of some) if (!others.has(key)) found.push(offset);
    some = [];
  };
  for (const move of movesOf(wanted)) {
    if (around.listed(move.spec) || !around.free(move.spec)) continue;
    if (some.push(move) >= ASKED_AT_ONCE) await ask();
    if (found.length >= ENOUGH) break;
  }
  if (found.length < ENOUGH && some.length > 0) await ask();
  return found.slice(0, ENOUGH);
}

interface Move {
  readonly key: string;
  readonly spec: Spec;
  readonly offset: FreeOffset;
}

function* movesOf(wanted: Wanted): Generator<Move, void> {
  const seen = new Set([wanted.compositeKey]);
  for (let distance = 1; distance <= MOST_MINUTES; distance += distance < FINE_MINUTES ? 1 : COARSE_MINUTES)
    for (const minutes of [distance, -distance]) {
      const spec = moved(wanted.spec, minutes);
      if (spec === undefined) continue;
      const key = compositeKey({ ...wanted, spec });
      // Moved by a whole turn: the same times again.
      if (seen.has(key)) continue;
      seen.add(key);
      yield { key, spec, offset: { minutes, times: timesInWords(spec) } };
    }
}
