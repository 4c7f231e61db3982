import type { Line, RedisLostLine } from '../journal/line';
import { isOwnUnrecorded, judgeAnswers } from './answers';
import { judgeBodies } from './bodies';
import { histories, type History } from './history';
import { judgeRecord } from './records';
import type { Blame, Violation } from './violation';

export interface Terms {
  /** Operations whose effect is in Postgres. */
  readonly transactionalTypes: readonly string[];
  readonly redisMaxAgeMs: number;
  /** What instants of different clocks may differ by. */
  readonly slackMs: number;
}

export interface Verdict {
  readonly violations: readonly Violation[];
  readonly keys: number;
  readonly bodies: number;
  /** Outside Postgres and inside. */
  readonly effects: number;
  /** Beyond one a key. */
  readonly extraEffects: number;
  readonly unknownOutcomes: number;
  readonly unrecorded: number;
  readonly answers: number;
  /** Answers that another call's body had brought about. */
  readonly replays: number;
  readonly refused: number;
  readonly clears: number;
}

/** Decides from the journals alone: no service is asked, no clock is read. */
export function judge(lines: readonly Line[], terms: Terms): Verdict {
  const violations: Violation[] = [];
  const redisLost = lines.filter((line): line is RedisLostLine => line.is === 'redis-lost');
  for (const line of lines) {
    if (line.is === 'crash')
      violations.push({ kind: 'worker-crashed', key: '', what: line.why, lines: [line] });
  }
  const keys = histories(lines);
  for (const history of keys) {
    const blame: Blame = (kind, what, ...shown) => {
      const lines = shown.filter((line) => line !== undefined);
      violations.push({ kind, key: history.key, what, lines });
    };
    const transactional = history.rows.some(({ type }) => terms.transactionalTypes.includes(type));
    judgeRecord(history, transactional, blame);
    judgeBodies(history, transactional, blame);
    judgeAnswers(history, redisLost, terms, transactional, blame);
  }
  return { violations, ...figures(keys, lines) };
}

function figures(keys: readonly History[], lines: readonly Line[]): Omit<Verdict, 'violations'> {
  const sum = (of: (history: History) => number): number =>
    keys.reduce((total, history) => total + of(history), 0);
  const effects = ({ effects, committed }: History): number => effects.length + committed.length;
  return {
    keys: keys.length,
    bodies: sum(({ begins }) => begins.length),
    effects: sum(effects),
    extraEffects: sum((history) => Math.max(0, effects(history) - 1)),
    unknownOutcomes: sum(({ begins }) => begins.filter(({ attempt }) => attempt > 1).length),
    unrecorded: sum(
      (history) =>
        history.answers.filter(
          (answer) =>
            !history.rows.some((row) => row.value?.n === answer.value.n) && isOwnUnrecorded(history, answer),
        ).length,
    ),
    answers: sum(({ answers }) => answers.length),
    replays: sum(
      ({ answers, ends }) =>
        answers.filter(
          (answer) => !ends.some(({ value, by }) => value.n === answer.value.n && by === answer.by),
        ).length,
    ),
    refused: lines.filter(({ is }) => is === 'refused').length,
    clears: sum(({ clears }) => clears.length),
  };
}
