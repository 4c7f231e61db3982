import { foreignMacro } from './cron-dialects';
import { parseCronField } from './cron-field';
import { parseGoDuration } from './duration-text';
import { fieldNamed } from './fields';
import { checkInterval } from './interval';
import type { Calendar, FieldName, Interval, Range } from './spec';
import type { Problems } from './spec-error';

/** What one cron string says. */
export interface ParsedCron {
  readonly calendar?: Calendar;
  readonly interval?: Interval;
  /** Of `CRON_TZ=` or `TZ=`; empty without one, and with `@every`, which has no zone. */
  readonly timezone: string;
}

/** Bytes. */
export const MAX_COMMENT_BYTES = 200;

/** What Go takes for white space. */
const SPACE = '[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const OUTER = new RegExp(`^${SPACE}*([^]*?)${SPACE}*$`);
const WORDS = new RegExp(`(?:(?!${SPACE})[^])+`, 'g');

/** What each name stands for, in five fields. */
export const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const FIVE: readonly FieldName[] = ['minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek'];
const FIELDS_BY_COUNT: Readonly<Record<number, readonly FieldName[]>> = {
  5: FIVE,
  // Not the seconds in front, as with others: the year behind.
  6: [...FIVE, 'year'],
  7: ['second', ...FIVE, 'year'],
};

/** A piece of the cron string and where it begins, from 0. */
interface Piece {
  readonly text: string;
  readonly at: number;
}

function trim({ text, at }: Piece): Piece {
  const inner = OUTER.exec(text)?.[1] ?? '';
  return { text: inner, at: at + (inner === '' ? 0 : text.indexOf(inner)) };
}

function cut({ text, at }: Piece, separator: string): [Piece, Piece | undefined] {
  const index = text.indexOf(separator);
  if (index < 0) return [{ text, at }, undefined];
  const rest = { text: text.slice(index + separator.length), at: at + index + separator.length };
  return [{ text: text.slice(0, index), at }, rest];
}

/** Reads a cron string as the server does; undefined when `problems` got some. */
export function parseCron(cron: string, problems: Problems): ParsedCron | undefined {
  let piece = trim({ text: cron, at: 0 });
  let timezone = '';
  if (/^(CRON_)?TZ=/.test(piece.text)) {
    const [zone, rest] = cut(piece, ' ');
    if (rest === undefined) {
      problems.add('there is a time zone and nothing behind it', 'Write the fields behind it.', piece.at + 1);
      return undefined;
    }
    timezone = zone.text.slice(zone.text.indexOf('=') + 1);
    piece = rest;
  }
  const [before, after] = cut(piece, '#');
  const fields = trim(before);
  const comment = trim(after ?? { text: '', at: 0 });
  if (Buffer.byteLength(comment.text) > MAX_COMMENT_BYTES && !fields.text.startsWith('@every'))
    problems.add(
      `the comment is longer than ${MAX_COMMENT_BYTES} bytes`,
      'Shorten what stands behind the #.',
      comment.at + 1,
    );
  if (fields.text.startsWith('@every')) return parseEvery(fields, problems);
  return parseFields(fields, comment.text, timezone, problems);
}

function parseFields(
  fields: Piece,
  comment: string,
  timezone: string,
  problems: Problems,
): ParsedCron | undefined {
  const macro = MACROS[fields.text];
  const words = [...(macro ?? fields.text).matchAll(WORDS)];
  const names = FIELDS_BY_COUNT[words.length];
  if (names === undefined) {
    const foreign = foreignMacro(fields.text);
    if (foreign !== undefined)
      problems.add(`Temporal has no ${foreign.feature}`, foreign.remedy, fields.at + 1);
    else
      problems.add(
        `${words.length} fields, where 5, 6 or 7 are wanted`,
        'Write minute hour day-of-month month day-of-week, a year behind them if wanted, a second before all of these.',
        fields.at + 1,
      );
    return undefined;
  }
  const countBefore = problems.count;
  const ranges: Partial<Record<FieldName, Range[]>> = {};
  names.forEach((name, index) => {
    const word = words[index];
    const column = fields.at + (macro === undefined ? (word?.index ?? 0) : 0) + 1;
    ranges[name] = parseCronField(word?.[0] ?? '', fieldNamed(name), problems, column);
  });
  if (problems.count > countBefore) return undefined;
  const { second = fieldNamed('second').defaultRanges, minute = [], hour = [], year = [] } = ranges;
  const { dayOfMonth = [], month = [], dayOfWeek = [] } = ranges;
  return { calendar: { second, minute, hour, dayOfMonth, month, year, dayOfWeek, comment }, timezone };
}

/** `@every 27m/1m`: an interval and its offset, without a zone. */
function parseEvery(fields: Piece, problems: Problems): ParsedCron | undefined {
  const [, rest] = cut(fields, ' ');
  if (rest === undefined) {
    problems.add(
      '@every without an interval',
      'Write @every 27m, or @every 27m/1m with an offset.',
      fields.at + 1,
    );
    return undefined;
  }
  const [every, offset] = cut(rest, '/');
  const read = (piece: Piece): number | undefined => {
    const value = parseGoDuration(piece.text);
    if (value === undefined)
      problems.add(
        `'${piece.text}' is not a duration`,
        'Write one such as 90m, 1h30m or 2d, with one space before it.',
        piece.at + 1,
      );
    return value;
  };
  const everyMs = read(every);
  const offsetMs = offset === undefined || offset.text === '' ? 0 : read(offset);
  if (everyMs === undefined || offsetMs === undefined) return undefined;
  const interval = { everyMs, offsetMs };
  return checkInterval(interval, problems, every.at + 1) ? { interval, timezone: '' } : undefined;
}
