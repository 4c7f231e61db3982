import type { Scalar } from 'yaml';

const ESCAPED_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/**
 * The offset in the YAML text of a character of a scalar, from 1; that of the scalar where the text is folded over lines or in a
 * block.
 */
export function characterOffset(text: string, { range, type }: Scalar, character: number): number {
  const [start, end] = range ?? [0, 0];
  const written = text.slice(start, end);
  if (/[\r\n]/.test(written) || (type !== 'PLAIN' && type !== 'QUOTE_SINGLE' && type !== 'QUOTE_DOUBLE'))
    return start;
  if (type === 'PLAIN') return Math.min(start + character - 1, end);
  let at = start + 1;
  for (let seen = 1; seen < character && at < end - 1;) {
    if (type === 'QUOTE_SINGLE' && text[at] === "'") at += 2;
    else if (type === 'QUOTE_DOUBLE' && text[at] === '\\') {
      const digits = ESCAPED_DIGITS[text[at + 1] ?? ''] ?? 0;
      // Beyond the first plane one escape is two characters.
      if (digits === 8 && parseInt(text.slice(at + 2, at + 10), 16) > 0xffff) seen++;
      at += 2 + digits;
    } else at++;
    seen++;
  }
  return at;
}

/** Offsets at which the lines of a text begin. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
