/**
 * What the server's visibility can be asked for a schedule id. Its query language keeps the escape of what it escapes (quotes,
 * backslashes, control characters): such an id is asked for by what comes before, and whoever asks compares.
 */
export function scheduledBy(scheduleId: string): string {
  const [plain] = /^[^"\\\u0000-\u001f\u007f]*/.exec(scheduleId) as RegExpExecArray;
  if (plain === '') return 'TemporalScheduledById IS NOT NULL';
  return `TemporalScheduledById ${plain === scheduleId ? '=' : 'STARTS_WITH'} '${plain.replaceAll("'", "''")}'`;
}
