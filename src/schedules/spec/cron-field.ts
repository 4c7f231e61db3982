import type { Field } from './fields';
import type { Range } from './spec';
import type { Problems } from './spec-error';
import { foreignFeature } from './cron-dialects';

/** A whole number as Go's Atoi reads it. */
function atoi(text: string): number | undefined {
  return /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
}

/** A number or a name's prefix; undefined for anything else, in range or not. */
export function readValue(text: string, field: Field): number | undefined {
  const { names, namesFrom, shortestName } = field;
  if (names !== undefined && text.length >= shortestName) {
    const at = names.findIndex((name) => name.startsWith(text.toLowerCase()));
    if (at >= 0) return at + namesFrom;
  }
  return atoi(text);
}

/** One field of a cron string, as the server reads it. `column` is where the text begins. */
export function parseCronField(text: string, field: Field, problems: Problems, column: number): Range[] {
  if (text === '*' && field.name === 'year') return [];
  const ranges: Range[] = [];
  let at = column;
  for (const part of text.split(',')) {
    ranges.push(...parsePart(part, field, problems, at));
    at += part.length + 1;
  }
  return ranges;
}

function parsePart(part: string, field: Field, problems: Problems, column: number): Range[] {
  const foreign = foreignFeature(part, field);
  const refuse = (problem: string, remedy: string, offset = 0): Range[] => {
    if (foreign === undefined) problems.add(`${field.name}: ${problem}`, remedy, column + offset);
    else
      problems.add(
        `${field.name}: '${part}' is ${foreign.feature}, which Temporal lacks`,
        foreign.remedy,
        column,
      );
    return [];
  };
  const [base = '', stepText, ...more] = part.split('/');
  if (more.length > 0)
    return refuse(`'${part}' has more than one slash`, 'Write start/step or start-end/step.');
  const step = stepText === undefined ? 1 : atoi(stepText);
  if (step === undefined || step < 1)
    return refuse(
      `'${stepText}' is not a step`,
      'Write a whole number from 1 after the slash.',
      base.length + 1,
    );

  // Sunday may be written as 7.
  const max = field.name === 'dayOfWeek' ? 7 : field.max;
  let start = field.min;
  let end = max;
  if (base !== '*') {
    const ends = base.split('-');
    if (ends.length > 2) return refuse(`'${base}' has more than one dash`, 'Write start-end.');
    const values = ends.map((end) => readValue(end, field));
    const bad = values.findIndex((value) => value === undefined || value < field.min || value > max);
    if (bad >= 0) {
      const allowed = `a number from ${field.min} to ${max}${field.names ? ' or a name' : ''}`;
      return refuse(
        `'${ends[bad]}' is not ${allowed}`,
        'Correct the value.',
        bad === 0 ? 0 : base.indexOf('-') + 1,
      );
    }
    const [first = 0, last] = values;
    start = first;
    // A lone value with a step reaches to the end of the field.
    end = last ?? (stepText === undefined ? first : max);
    if (end < start)
      return refuse(
        `'${base}' ends before it starts, and Temporal has no range that wraps round`,
        `Write the two pieces: ${ends[0]}-${field.max},${field.min === end ? end : `${field.min}-${end}`}.`,
      );
  }
  if (field.name !== 'dayOfWeek' || end !== 7) return [{ start, end, step }];
  return sundayAsZero(start, step);
}

/** 7 becomes 0: as a range of its own, except where the range has the 0 anyway or never meets the 7. */
function sundayAsZero(start: number, step: number): Range[] {
  const meetsSeven = (7 - start) % step === 0;
  const sunday = meetsSeven && (step > 1 || start > 1) ? [{ start: 0, end: 0, step: 1 }] : [];
  // 1-7 is kept as 1-6 without Sunday by the server, like 0-7 as 0-6.
  return start === 7 ? sunday : [...sunday, { start, end: 6, step }];
}
