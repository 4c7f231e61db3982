import { durationWords } from '../duration-words';
import { parseGoDuration } from '../spec';
import { readDuration } from '../spec/duration-text';
import { whatIs, type Kind } from './kinds';

/** Go's texts, with days of 24 hours; no signs, and a unit always: 300 alone would be seconds to one and milliseconds to another. */
const DURATION = /^(\d+(\.\d+)?(d|h|ms|m|s))+$/;

export interface DurationShape {
  readonly leastMs: number;
  /** The server counts in whole seconds here. */
  readonly wholeSeconds?: boolean;
}

/** A duration such as `90m` or `1h30m`, in milliseconds. */
export function duration({ leastMs, wholeSeconds = false }: DurationShape): Kind<number> {
  return {
    schema: { type: 'string', pattern: DURATION.source },
    read(value, at) {
      if (typeof value !== 'string')
        return at.refuse(
          `${whatIs(value)}, where a duration is wanted`,
          typeof value === 'number'
            ? `Write the unit: ${value}s, ${value}m or ${value}ms.`
            : 'Write one such as 90m or 1h30m.',
        );
      const ms = DURATION.test(value) ? parseGoDuration(value) : undefined;
      if (ms === undefined) return at.refuse(...notDuration(value));
      if (ms < leastMs)
        return at.refuse(`below ${durationWords(leastMs)}`, `Write ${durationWords(leastMs)} or more.`);
      if (wholeSeconds && ms % 1000 !== 0)
        return at.refuse(
          'not in whole seconds, in which the server counts here',
          `Write ${durationWords(Math.max(leastMs, Math.ceil(ms / 1000) * 1000))}.`,
        );
      return ms;
    },
  };
}

function notDuration(text: string): [problem: string, remedy: string] {
  if (/^\s*-/.test(text)) return ['a negative duration', 'Write one from 0s up.'];
  if (/^[\d.]+$/.test(text))
    return ['a number without a unit', `Write the unit: ${text}s, ${text}m or ${text}ms.`];
  const [, clock] = /^(\d+:\d\d(?::\d\d)?)$/.exec(text) ?? [];
  if (clock !== undefined) return ['a time of day, not a duration', 'Write one such as 12h30m.'];
  const loose = readDuration(text.trim());
  return [
    'not a duration',
    loose === undefined || loose < 0
      ? 'Write one such as 90m, 1h30m or 2d, of less than 292 years.'
      : `Write ${durationWords(loose)}.`,
  ];
}
