import { base64url, base64urlBytes } from '../key/base64url';

/**
 * The outcome of an update, exactly as the SDK put it into its command: the payload that the converter made of the
 * result, or the failure. As plain data, so that it can travel in a memo; the worker's codec then encodes the whole.
 */
export type RecordedOutcome =
  | { readonly completed: unknown; readonly rejected?: never }
  | { readonly rejected: unknown; readonly completed?: never };

/** Bytes become `{ $bytes: base64url }`; everything else of a payload or failure is plain. */
export function toPlain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: base64url(value) };
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== 'object' || value === null) return value;
  const plain: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) {
    if (part != null) plain[name] = toPlain(part);
  }
  return plain;
}

export function fromPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromPlain);
  if (typeof value !== 'object' || value === null) return value;
  const { $bytes } = value as { readonly $bytes?: unknown };
  if (typeof $bytes === 'string') return base64urlBytes($bytes);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, fromPlain(part)]));
}
