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
  on?(event: 'error', listener: (error: Error) => void): unknown;
}

export interface PgPool extends PgQueryable {
  connect(): Promise<PgClient>;
  end(): Promise<void>;
}

/** Sends a statement; what fails is thrown as what it means to whoever asked for the operation. */
export type Query = (
  operation: string,
  text: string,
  values: unknown[],
) => Promise<{ rows: Record<string, unknown>[] }>;

const listenedTo = new WeakSet<PgClient>();

/**
 * A connection of its own for a transaction. It may break between two statements, while nobody awaits anything of it: `pg`
 * then emits an `error`, which would end the process if nobody listened. The next statement says it to whom it concerns.
 */
export async function takeClient(pool: PgPool): Promise<PgClient> {
  const client = await pool.connect();
  if (!listenedTo.has(client)) {
    listenedTo.add(client);
    client.on?.('error', () => undefined);
  }
  return client;
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

/** What `pg` takes in place of a text and its values. */
export interface PgStatement {
  readonly text: string;
  readonly values: unknown[];
  /** Kept by the server under this name, connection by connection. */
  readonly name?: string;
  /** Bound of this statement alone, in ms. */
  readonly query_timeout?: number;
}

/** Sends a statement with more to it than text and values. */
export function queryAs(pool: PgPool, statement: PgStatement): ReturnType<PgPool['query']> {
  return (pool.query as unknown as (statement: PgStatement) => ReturnType<PgPool['query']>).call(
    pool,
    statement,
  );
}
