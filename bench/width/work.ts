/** What a process of the crew is given at its start. */
export interface Place {
  readonly schema: string;
  readonly prefix: string;
  readonly postgresUrl: string;
  readonly redisUrl: string;
  /** Whether a pooler stands before Postgres, which keeps no statements under names. */
  readonly pooled: boolean;
  /** Number of this process, from 0. */
  readonly self: number;
}

/** A piece of work that all processes of a crew begin at the same time. */
export type Work =
  /** Rates: so long, 64 in flight, calls a second. */
  | { readonly kind: 'replay' | 'get' | 'first' | 'pair'; readonly ms: number }
  /** So many calls at once, of one key or of a key each, until all are answered: ms. */
  | { readonly kind: 'one-key' | 'keys' | 'gets' | 'pairs'; readonly calls: number; readonly round: number };

/** Keys that replays and raw GETs go over; made by the parent. */
export const REPLAY_KEYS = 1_000;
export const REPLAY_TYPE = 'width-replay';
export const PLAIN_TABLE = 'plain_width';
/** Connections each process has, to the store and for the floor. */
export const POOL_SIZE = 10;

export const rawName = (prefix: string, n: number): string => `${prefix}:raw:width:${n % REPLAY_KEYS}`;
