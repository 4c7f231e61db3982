import { partingShift } from './change-text';
import type { Meetings, Reach } from './meetings';
import type { PreparedJob } from './prepared';
import { secondsText } from './wording';

const MINUTE = 60;
/** Shifts are tried up to half a day either way. */
const MOST_COMMON = 86_400;

/** Why no offset parts two periodic jobs; undefined where one does, or where that can't be said. */
export function noOffsetBecause(
  a: PreparedJob,
  b: PreparedJob,
  reach: Reach,
  { common }: Meetings,
): string | undefined {
  const [ofA, ofB] = [a.starts.always, b.starts.always];
  if (common === undefined || ofA === undefined || ofB === undefined) return undefined;
  const width = reach.hi - reach.lo + 1;
  const periods = `${b.job.name} comes back every ${secondsText(ofB.period)}, ${a.job.name} every ${secondsText(ofA.period)}, and gcd(${secondsText(ofB.period)}, ${secondsText(ofA.period)}) = ${secondsText(common)}`;
  if (width >= common)
    return `No offset mends it: ${periods}, so whatever the offset some starts are nearer than the ${secondsText(width)} wide window that must stay free.`;
  if (common > MOST_COMMON || partingShift(ofA, ofB, reach, common) !== undefined) return undefined;
  return common === MINUTE
    ? `No offset of whole minutes mends it: ${periods}; co-prime in minutes, they meet whatever the offset.`
    : `No offset of whole minutes mends it: ${periods}, and each distance modulo ${secondsText(common)} falls within the ${secondsText(width)} wide window that must stay free.`;
}
