/** Longer ones are refused: what a client calls its request needs no more, and a record's key has a limit of its own. */
export const MAX_KEY_LENGTH = 255;

export type KeyHeader = { readonly key: string } | { readonly problem: 'missing' | 'malformed' | 'too-long' };

/** RFC 8941: a String, `"…"` with `\"` and `\\`; parameters behind it are well-formed and mean nothing here. */
const SF_STRING =
  /^ *"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"(?:; *[a-z*][a-z0-9_.*-]*(?:=[^\s;,"]+)?)* *$/;
/** What most clients send: visible ASCII without what would make it a list, a String or parameters. */
const BARE = /^ *([\x21\x23-\x2b\x2d-\x3a\x3c-\x7e]+) *$/;

/**
 * The key in an `Idempotency-Key` header. `"abc"` and, unless refused, bare `abc` are the same key. Several headers are
 * one malformed header: Node joins them with commas.
 */
export function parseKeyHeader(header: string | readonly string[] | undefined, bareKeys: boolean): KeyHeader {
  if (header === undefined) return { problem: 'missing' };
  if (typeof header !== 'string') return { problem: 'malformed' };
  const quoted = SF_STRING.exec(header)?.[1]?.replace(/\\(["\\])/g, '$1');
  const key = quoted ?? (bareKeys ? BARE.exec(header)?.[1] : undefined);
  if (key === undefined || key === '') return { problem: 'malformed' };
  return key.length > MAX_KEY_LENGTH ? { problem: 'too-long' } : { key };
}
