import { isClaim, type History } from './history';
import type { Blame } from './violation';

/** Bodies and their effects outside Postgres, against the claims they ran under. */
export function judgeBodies(history: History, transactional: boolean, blame: Blame): void {
  judgeBegins(history, blame);
  for (const life of history.lives) {
    life.claims.forEach((claim, at) => {
      if (claim.runs !== at + 1)
        blame('undeclared-rerun', `claim number ${at + 1} of this life was called run ${claim.runs}`, claim);
    });
  }
  if (transactional) judgeCommitted(history, blame);
  else judgeEffects(history, blame);
}

function judgeBegins({ begins, rows }: History, blame: Blame): void {
  const claims = new Map(rows.filter(isClaim).map((row) => [row.fence, row]));
  const seen = new Map<number, (typeof begins)[number]>();
  for (const begin of begins) {
    const claim = claims.get(begin.fence);
    const twin = seen.get(begin.fence);
    seen.set(begin.fence, begin);
    if (claim === undefined) blame('body-without-claim', `no claim ${begin.fence} was ever made`, begin);
    else if (claim.runs !== begin.attempt)
      blame(
        'undeclared-rerun',
        `the body was told run ${begin.attempt}, it was run ${claim.runs}`,
        claim,
        begin,
      );
    if (twin !== undefined)
      blame('body-without-claim', `two bodies ran under claim ${begin.fence}`, twin, begin);
  }
}

/** An effect more than one needs a body that was told of a vanished holder, or a clear. */
function judgeEffects({ begins, effects, clears }: History, blame: Blame): void {
  const byFence = new Map<number, number>();
  for (const effect of effects) {
    const count = (byFence.get(effect.fence) ?? 0) + 1;
    byFence.set(effect.fence, count);
    if (count === 2)
      blame('extra-effect', `claim ${effect.fence} had two effects`, ...effects.filter(sameFence(effect)));
    if (!begins.some(sameFence(effect)))
      blame('body-without-claim', `an effect of claim ${effect.fence}, whose body never began`, effect);
  }
  const declared = begins.filter(({ attempt }) => attempt > 1);
  const allowed = 1 + declared.length + clears.length;
  if (effects.length > allowed)
    blame(
      'extra-effect',
      `${effects.length} effects; ${declared.length} unknown outcomes and ${clears.length} clears allow ${allowed}`,
      ...effects,
      ...begins,
    );
}

/** Effect and outcome commit together or not at all. */
function judgeCommitted({ committed, lives }: History, blame: Blame): void {
  for (const { settlements } of lives) {
    for (const outcome of settlements.filter(({ state }) => state === 'completed')) {
      const effects = committed.filter(({ xid }) => xid === outcome.xid);
      if (effects.length !== 1)
        blame('transactional-effect', `${effects.length} effects with one outcome`, outcome, ...effects);
    }
  }
  const outcomes = new Set(lives.flatMap(({ settlements }) => settlements).map(({ xid }) => xid));
  for (const effect of committed) {
    if (!outcomes.has(effect.xid))
      blame('transactional-effect', 'an effect was committed without its outcome', effect);
  }
}

function sameFence(one: { readonly fence: number }) {
  return (other: { readonly fence: number }): boolean => other.fence === one.fence;
}
