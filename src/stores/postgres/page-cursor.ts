import { InvalidOptionError } from '../../errors';

/** Where a page ended: a place in the order of ages. */
export interface Cursor {
  /** Microseconds since 1970, as the database has them. */
  readonly claimedUs: string;
  readonly fence: string;
}

export function cursorText(row: Readonly<Record<string, unknown>>): string {
  return `${String(row['claimed_us'])}-${String(row['fence'])}`;
}

/** @throws InvalidOptionError for what is no cursor */
export function readCursor(text: string): Cursor {
  const [, claimedUs, fence] = /^(\d{1,17})-(\d{1,19})$/.exec(text) ?? [];
  if (claimedUs === undefined || fence === undefined)
    throw new InvalidOptionError('after', 'is not where a page ended', 'Give the `next` of the page before');
  return { claimedUs, fence };
}
