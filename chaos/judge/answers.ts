import type { AnswerLine, ClearLine, RedisLostLine, RowLine } from '../journal/line';
import type { History } from './history';
import type { Terms } from './judge';
import type { Blame } from './violation';

/** What callers were told, against what was recorded: the promises as a caller sees them. */
export function judgeAnswers(
  history: History,
  redisLost: readonly RedisLostLine[],
  terms: Terms,
  transactional: boolean,
  blame: Blame,
): void {
  const outcomes = new Map(
    history.lives.flatMap(({ settlements }) =>
      settlements.map((row) => [row.value?.fence ?? row.fence, row] as const),
    ),
  );
  for (const answer of history.answers) {
    const outcome = outcomes.get(answer.value.fence);
    if (outcome === undefined) {
      if (transactional || !isOwnUnrecorded(history, answer))
        blame('differing-replays', 'a caller was told a result that nobody recorded', answer);
      continue;
    }
    if (JSON.stringify(outcome.value) !== JSON.stringify(answer.value))
      blame('differing-replays', 'a caller was told something else than was recorded', outcome, answer);
    judgeLaterBodies(history, answer, blame);
    judgeAge(history, answer, outcome, redisLost, terms, blame);
  }
}

/** G6: when Postgres could not be told, a body's own caller gets its result all the same; nobody else does. */
export function isOwnUnrecorded({ begins, ends, unrecorded }: History, answer: AnswerLine): boolean {
  const { fence, n } = answer.value;
  const own =
    begins.some((begin) => begin.fence === fence && begin.by === answer.by) &&
    ends.some((end) => end.fence === fence && end.value.n === n);
  // The service has no log to say so in; its counters do.
  return own && (answer.door === 'service' || unrecorded.some((line) => line.fence === fence));
}

/** G3, from what callers and bodies saw alone: once somebody knows the outcome, only a clear lets a body begin. */
function judgeLaterBodies(history: History, answer: AnswerLine, blame: Blame): void {
  const end = history.ends.find(({ value }) => value.n === answer.value.n);
  const since = end?.at ?? answer.at;
  for (const begin of history.begins) {
    if (begin.at <= answer.at) continue;
    const cleared = history.clears.some((clear) => clear.beganAt <= begin.at && clear.at >= since);
    if (!cleared)
      blame('ran-after-outcome', 'a body began after its outcome had been told', end, answer, begin);
  }
}

/** G5: after a clear the old outcome may be told for so long only, and only where Redis missed or lost the clear. */
function judgeAge(
  { lives, clears }: History,
  answer: AnswerLine,
  outcome: RowLine,
  redisLost: readonly RedisLostLine[],
  terms: Terms,
  blame: Blame,
): void {
  const end = lives.find(({ settlements }) => settlements.includes(outcome))?.end;
  if (end === undefined) return;
  const clear = clears.find(
    ({ beganAt, at }) => beganAt - terms.slackMs <= end.at && end.at <= at + terms.slackMs,
  );
  if (clear === undefined || answer.askedAt <= clear.at) return;
  const lateMs = answer.askedAt - clear.at;
  if (lateMs <= terms.redisMaxAgeMs + terms.slackMs && couldMiss(clear, answer, redisLost)) return;
  blame(
    'stale-cache',
    `${Math.round(lateMs)} ms after the clear the old outcome was told`,
    clear,
    end,
    answer,
  );
}

function couldMiss(clear: ClearLine, answer: AnswerLine, redisLost: readonly RedisLostLine[]): boolean {
  return clear.cache !== 'done' || redisLost.some(({ at }) => at >= clear.beganAt && at <= answer.at);
}
