/** The part of `pg` that is used, so that the package stays optional and a pool of the user's own fits. */
export interface PgQueryable {
  query(
    text: string,
    values?: unknown[],
  ): Promise<{ rows: Record<string, unknown>[]; rowCount: number | null }>;
}

export interface PgClient extends PgQueryable {
  /** Of the server process that greeted this connection; `pg` has it. */
  readonly processID?: number | null;
  release(error?: Error | boolean): void;
}

export interface PgPool extends PgQueryable {
  connect(): Promise<PgClient>;
  end(): Promise<void>;
}

/** True for a pool the user made: anything with `query` and `connect`. */
export function isPgPool(value: unknown): value is PgPool {
  if (typeof value !== 'object' || value === null) return false;
  const pool = value as Partial<Record<'query' | 'connect', unknown>>;
  return typeof pool.query === 'function' && typeof pool.connect === 'function';
}

/** A Postgres identifier that needs no quoting tricks: checked, then quoted. */
export function isPlainIdentifier(name: string): boolean {
  return /^[a-z_][a-z0-9_]{0,47}$/.test(name);
}
