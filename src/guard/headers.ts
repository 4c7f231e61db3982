import {
  sensitiveHeaders,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from 'node:http2';

/** A block of header fields: as Node reads it, and as it came (name, value, name, value …). */
export interface HeaderBlock {
  readonly read: IncomingHttpHeaders & IncomingHttpStatusHeader;
  readonly raw: readonly string[];
}

/**
 * The same fields for the other side: values untouched, repeated ones still repeated, those that were marked as secret still
 * marked. Pseudo-headers belong to one connection and are left out.
 */
export function passedOn({ read, raw }: HeaderBlock): OutgoingHttpHeaders {
  const fields = new Map<string, string[]>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name = '', value = ''] = [raw[i], raw[i + 1]];
    if (name.startsWith(':')) continue;
    fields.set(name, [...(fields.get(name) ?? []), value]);
  }
  const headers = Object.create(null) as OutgoingHttpHeaders;
  for (const [name, values] of fields) {
    const [first = ''] = values;
    // Of some fields, authorization among them, Node takes the first and would not send two.
    headers[name] = values.length === 1 || read[name] === first ? first : values;
  }
  const secret = (read as { [sensitiveHeaders]?: string[] })[sensitiveHeaders];
  if (secret !== undefined) (headers as { [sensitiveHeaders]?: string[] })[sensitiveHeaders] = secret;
  return headers;
}
