import type { CST } from 'yaml';

/** Bytes of UTF-8: some 5,000 jobs, read in about two seconds. */
export const MAX_PLAN_BYTES = 1_048_576;
/** Levels of lists and mappings, those of arguments included. */
export const MAX_DEPTH = 64;
/** Values, those behind aliases counted each time. */
export const MAX_VALUES = 200_000;

/**
 * The offset of the first value that is nested too deep. Asked of the flat syntax tree: what composes values out of it recurses, and
 * a stack that is nearly full can end the process.
 */
export function tooDeep(document: CST.Token): number | undefined {
  const open: [token: CST.Token, depth: number][] = [[document, 0]];
  let first: number | undefined;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [token, depth] = next;
    if (depth > MAX_DEPTH) {
      first = Math.min(first ?? Infinity, token.offset);
      continue;
    }
    if ('items' in token)
      for (const { key, value } of token.items)
        for (const inner of [key, value]) if (inner) open.push([inner, depth + 1]);
    if (token.type === 'document' && token.value) open.push([token.value, depth]);
  }
  return first;
}
