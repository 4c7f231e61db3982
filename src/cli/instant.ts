const INSTANT = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(:\d\d)?(?:\.\d+)?(?:Z|([+-])(\d\d):(\d\d)))?$/;

/**
 * Milliseconds since 1970 of an instant with its offset, or of a date at midnight UTC; NaN of anything else: a local time would be
 * another instant on each machine, and a day that does not exist is not moved.
 */
export function instant(text: string): number {
  const parts = INSTANT.exec(text);
  const at = Date.parse(text);
  if (parts === null || Number.isNaN(at)) return NaN;
  const [, date, minute = '00:00', second = ':00', sign, hours = '0', minutes = '0'] = parts;
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1);
  const written = new Date(at + offsetMs).toISOString();
  return written.startsWith(`${date}T${minute}${second}.`) ? at : NaN;
}

/** `2026-01-01T09:00:00Z`, with milliseconds only where there are some. */
export function instantText(at: Date): string {
  return at.toISOString().replace('.000Z', 'Z');
}
