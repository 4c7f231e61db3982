/** What a look at one thing found. `warn`: it works, and will not for long or not as well; `skip`: nothing to look at. */
export interface Checked {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail' | 'skip';
  readonly found: string;
  /** What to do; where nothing is to be done, nothing. */
  readonly remedy?: string;
}

export const ok = (name: string, found: string): Checked => ({ name, status: 'ok', found });
export const skip = (name: string, found: string): Checked => ({ name, status: 'skip', found });
export const warn = (name: string, found: string, remedy: string): Checked => ({
  name,
  status: 'warn',
  found,
  remedy,
});
export const fail = (name: string, found: string, remedy: string): Checked => ({
  name,
  status: 'fail',
  found,
  remedy,
});

/** Without what a connection string or a token may say. */
export function reasonOf(error: unknown): string {
  const { message, code, errors } = error as { message?: string; code?: string; errors?: unknown[] };
  const said =
    message === undefined || message === ''
      ? (code ?? reasonOf(errors?.[0] ?? { message: 'unknown' }))
      : message;
  return (said.split('\n')[0] ?? '').replace(/\/\/[^/@\s]+@/g, '//…@');
}
