/**
 * What workers said and saw of activity types, so that one look shows all of them. No payloads and no keys: names of
 * types, queues and categories, and the policies themselves.
 *
 * One row for each namespace, task queue and activity type. Numbers add up; of calls and retry policies the few seen
 * last are kept; `policy` is what was declared last. The store's clock says when something was seen.
 */
export interface ActivityTypesStore {
  /** Adds what one process saw since it last said so, in one statement. No triple twice. */
  add(sightings: readonly TypeSighting[]): Promise<void>;
  /** Rows of types that were declared or seen within that time, sorted by namespace, task queue and type. */
  read(sinceMs: number): Promise<readonly TypeRow[]>;
}

/** How many distinct calls and retry policies of one type are kept: those seen last. */
export const DISTINCT_KEPT = 4;

/** How the attempts of a type ran: under a key others may share, across their own attempts, or without protection. */
export const PROTECTIONS = ['unprotected', 'attempts', 'once'] as const;
export type Protection = (typeof PROTECTIONS)[number];

export interface TypeName {
  readonly namespace: string;
  readonly taskQueue: string;
  readonly type: string;
}

export interface TypeSighting extends TypeName {
  /** What is said of the type where the worker is made: plain JSON, opaque to the store. */
  readonly policy: object;
  /** Runs since the last time. */
  readonly runs: Readonly<Record<Protection, number>>;
  /** What workflow calls said, and under which retry policy attempts ran: distinct plain JSON, opaque to the store. */
  readonly calls: readonly Seen[];
  readonly retries: readonly Seen[];
}

export interface Seen {
  readonly value: object;
  readonly runs: number;
}

/** A type over all workers; `calls`, `retries` and `recent` within the time that was asked for. */
export interface TypeRow extends TypeSighting {
  /** Which kinds of runs there were within that time. */
  readonly recent: Readonly<Record<Protection, boolean>>;
}
