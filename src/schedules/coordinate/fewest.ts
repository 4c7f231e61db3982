import type { Finding } from '../finding';
import { namesText } from '../validate/wording';
import type { Track } from './track';

/** How few moves can do, and why. */
export interface Fewest {
  /** No coordination with the same result has fewer. */
  readonly atLeast: number;
  /** Whether the moves that were found are as few. */
  readonly proved: boolean;
  readonly proof: string;
}

interface Search {
  readonly moves: number;
  /** Every placement with fewer moves was ruled out, on a timeline that stands for all time. */
  readonly complete: boolean;
  /** Errors of the plan as given that are gone. */
  readonly mended: readonly Finding[];
  readonly tracks: readonly Track[];
}

/** Demands that are broken and share no job that can be moved need a move each: fewer can't do. */
export function fewest({ moves, complete, mended, tracks }: Search): Fewest {
  if (moves === 0) return { atLeast: 0, proved: true, proof: 'Nothing is moved.' };
  const apart = disjoint(mended, tracks);
  const atLeast = complete ? moves : Math.max(1, apart.length);
  const said = apart.map((one) => brokenText(one, tracks)).join(' ');
  const count = `${moves} ${moves === 1 ? 'move' : 'moves'}`;
  if (apart.length >= moves) {
    const each =
      apart.length === 1
        ? "One move mends it, so fewer can't do."
        : `These share no job that can be moved: each needs a move of its own, so fewer than ${count} can't do.`;
    return { atLeast, proved: true, proof: `Without a move the plan does not hold. ${said} ${each}` };
  }
  if (complete)
    return {
      atLeast,
      proved: true,
      proof: `Every placement with fewer than ${count} was ruled out, one by one or by what the jobs placed before it broke already: none breaks as little at peaks as low.`,
    };
  return {
    atLeast,
    proved: moves === atLeast,
    proof:
      moves === atLeast
        ? 'The plan as given is no such plan, so at least one move is needed.'
        : `At least ${atLeast} of the ${count} ${atLeast === 1 ? 'is' : 'are'} needed${said === '' ? '' : `: ${said}`} That fewer than ${count} could do is not ruled out: there are too many placements to look at all.`,
  };
}

interface Broken {
  readonly finding: Finding;
  readonly movable: readonly number[];
}

/** Greedy, those with the fewest jobs to move first. */
function disjoint(mended: readonly Finding[], tracks: readonly Track[]): Broken[] {
  const byName = new Map(tracks.map(({ job }, index) => [job.name, index]));
  const broken = mended.map((finding): Broken => ({
    finding,
    movable: finding.jobs.flatMap((name) => {
      const index = byName.get(name);
      return index !== undefined && (tracks[index]?.shifts.minutes.length ?? 1) > 1 ? [index] : [];
    }),
  }));
  const taken = new Set<number>();
  return broken
    .map((one, order) => ({ one, order }))
    .sort((a, b) => a.one.movable.length - b.one.movable.length || a.order - b.order)
    .flatMap(({ one }) => {
      if (one.movable.length === 0 || one.movable.some((job) => taken.has(job))) return [];
      one.movable.forEach((job) => taken.add(job));
      return [one];
    });
}

function brokenText({ finding, movable }: Broken, tracks: readonly Track[]): string {
  const names = movable.map((job) => tracks[job]?.job.name ?? '');
  const stay = finding.jobs.filter((name) => !names.includes(name));
  const which =
    stay.length === 0
      ? ''
      : ` Of these only ${namesText(names)} can be moved: ${stay.map((name) => `${name}: ${tracks.find(({ job }) => job.name === name)?.shifts.why ?? ''}`).join('; ')}.`;
  return `${finding.rule} (${finding.jobs.join(', ')}): ${finding.proof}${which}`;
}
