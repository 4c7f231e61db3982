import { whatIs, type Kind } from './kinds';

const INSTANT = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
const EXAMPLE = 'Write one such as 2026-01-01T00:00:00Z.';

/** An instant with its zone, ISO 8601; TypeScript may give a Date. */
export const instant: Kind<Date> = {
  schema: { type: 'string', pattern: INSTANT.source },
  read(value, at) {
    if (value instanceof Date)
      return Number.isNaN(value.getTime()) ? at.refuse('an invalid Date', EXAMPLE) : value;
    if (typeof value !== 'string') return at.refuse(`${whatIs(value)}, where an instant is wanted`, EXAMPLE);
    if (/^\d{4}-\d\d-\d\d$/.test(value))
      return at.refuse(
        'a date without a time, which is another instant in each zone',
        `Write ${value}T00:00:00Z.`,
      );
    if (/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(value))
      return at.refuse(
        'an instant without its zone',
        `Write ${value.replace(' ', 'T')}Z, or with +01:00 behind it.`,
      );
    const [, year, month, day] = INSTANT.exec(value) ?? [];
    if (year === undefined) return at.refuse('not an instant', EXAMPLE);
    const read = new Date(value);
    // JavaScript makes 2 March of 30 February.
    const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
    if (date.getUTCMonth() !== Number(month) - 1 || Number.isNaN(read.getTime()))
      return at.refuse('no such date or time', 'Correct it.');
    return read;
  },
};
