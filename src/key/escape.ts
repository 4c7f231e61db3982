/**
 * Percent-escaping of one component of a key. What separates components, what marks a form, what would
 * break a log line and what has no UTF-8 is escaped; the rest, in any script, stays readable. `%` itself
 * always is, so two texts never share a form. No Unicode normalisation: other code points, another key.
 */

// With the u flag the surrogates match only where they stand alone.
const ALWAYS = /[\u0000-\u001f\u007f%/\ud800-\udfff]/gu;
const IN_SCOPE = /[\u0000-\u001f\u007f%/=&(),\ud800-\udfff]/gu;
const IN_WINDOW = /[\u0000-\u001f\u007f%/@\ud800-\udfff]/gu;

/** A type: nothing but the separator and the unprintable. */
export function escapeType(text: string): string {
  return text.replace(ALWAYS, escapeChar);
}

/** A namespace: one that is named `*` must not pass for "all namespaces". */
export function escapeNamespace(text: string): string {
  return text === '*' ? escapeChar(text) : text.replace(ALWAYS, escapeChar);
}

/** A value inside a scope: also what separates names, values and ids, and the mark of a non-string. */
export function escapeInScope(text: string): string {
  return escapeLeading(text.replace(IN_SCOPE, escapeChar), '~');
}

/** A key's own text: also the marks of a hashed (`~`), a non-string (`=`), a derived (`#`) and a windowed (`@`) key. */
export function escapeKeyText(text: string): string {
  return escapeLeading(text.replace(ALWAYS, escapeChar), '~=#@');
}

/** A canonical form behind its mark: no mark of its own to fear. */
export function escapeMarked(text: string, place: 'scope' | 'key'): string {
  return text.replace(place === 'scope' ? IN_SCOPE : ALWAYS, escapeChar);
}

/** The name of a window: it ends at the next `@`, so it has none of its own. */
export function escapeWindow(text: string): string {
  return text.replace(IN_WINDOW, escapeChar);
}

function escapeLeading(escaped: string, marks: string): string {
  const first = escaped.charAt(0);
  return first !== '' && marks.includes(first) ? escapeChar(first) + escaped.slice(1) : escaped;
}

function escapeChar(char: string): string {
  const code = char.charCodeAt(0);
  const hex = code.toString(16).toUpperCase();
  return code > 0x7f ? `%u${hex}` : `%${hex.padStart(2, '0')}`;
}
