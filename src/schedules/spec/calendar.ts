import { MAX_COMMENT_BYTES } from './cron';
import { parseCronField, readValue } from './cron-field';
import { FIELDS, type Field } from './fields';
import type { Calendar, CalendarInput, FieldName, Range, RangeInput } from './spec';
import type { Problems } from './spec-error';

const KNOWN = new Set<string>([...FIELDS.map(({ name }) => name), 'comment']);

/** A calendar as a person gives it, in the form the server keeps; undefined when `problems` got some. */
export function parseCalendar(input: CalendarInput, problems: Problems): Calendar | undefined {
  const before = problems.count;
  for (const name of Object.keys(input))
    if (!KNOWN.has(name)) problems.at(`.${name}`).add('no such field', `Known are ${[...KNOWN].join(', ')}.`);
  const ranges = Object.fromEntries(
    FIELDS.map((field) => [field.name, parseRanges(input[field.name], field, problems.at(`.${field.name}`))]),
  ) as Record<FieldName, Range[]>;
  const comment = input.comment ?? '';
  if (typeof comment !== 'string') problems.at('.comment').add('not a text', 'Give a text.');
  else if (Buffer.byteLength(comment) > MAX_COMMENT_BYTES)
    problems.at('.comment').add(`longer than ${MAX_COMMENT_BYTES} bytes`, 'Shorten it.');
  return problems.count === before ? { ...ranges, comment } : undefined;
}

function parseRanges(
  input: RangeInput | readonly RangeInput[] | undefined,
  field: Field,
  problems: Problems,
): readonly Range[] {
  if (input === undefined) return field.defaultRanges;
  if (input === '*') return field.name === 'year' ? [] : [{ start: field.min, end: field.max, step: 1 }];
  const items = Array.isArray(input) ? (input as readonly RangeInput[]) : [input as RangeInput];
  if (items.length === 0 && field.name !== 'year')
    problems.add('an empty list, which never matches', 'Leave the field out for its default, or write *.');
  return items.flatMap((item) => parseRange(item, field, problems));
}

function parseRange(item: RangeInput, field: Field, problems: Problems): Range[] {
  if (typeof item === 'string') return parseCronField(item.trim(), field, problems, 1);
  const before = problems.count;
  const { start, end, step = 1 } = typeof item === 'object' && item !== null ? item : { start: item };
  const allowed = `Give a whole number from ${field.min} to ${field.max}${field.names ? ' or a name' : ''}.`;
  const read = (value: unknown, what: string): number => {
    const number = typeof value === 'string' ? readValue(value, field) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= field.min && number <= field.max)
      return number;
    problems.add(`${what} is out of range`, allowed);
    return field.min;
  };
  const first = read(start, 'start');
  // Given always: without it SDK 1.24 would send 1.
  const last = end === undefined ? first : read(end, 'end');
  if (typeof step !== 'number' || !Number.isInteger(step) || step < 1 || step > 0x7fff_ffff)
    problems.add('step is not a whole number from 1', 'Give one, or leave it out.');
  if (problems.count === before && last < first)
    problems.add(
      'end is before start, and Temporal has no range that wraps round',
      `Give the two pieces: ${first} to ${field.max} and ${field.min} to ${last}.`,
    );
  return [{ start: first, end: last, step }];
}
