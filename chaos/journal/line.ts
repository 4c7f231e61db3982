/** What a body returns: unique, and it says under which claim it came about. */
export interface Value {
  readonly key: string;
  readonly fence: number;
  /** Different in every run of a body. */
  readonly n: string;
}

/** What every line has: the instant by the harness's clock, and the key it is about. */
interface Common {
  readonly at: number;
  readonly key: string;
}

/** `gone`: no row (not yet, or deleted). */
export type RowState = 'gone' | 'absent' | 'running' | 'completed' | 'failed';

export interface BeginLine extends Common {
  readonly is: 'begin';
  readonly fence: number;
  /** What the body was told: above 1 an earlier holder vanished. */
  readonly attempt: number;
  /** The call that runs it: a workflow, a standalone activity or a call of the service. */
  readonly by: string;
  readonly worker: string;
  /** What the worker takes for the time of day. */
  readonly wallMs: number;
  /** Whether its statements went through PgBouncer. */
  readonly pooled: boolean;
}

/** A body that hangs past every deadline has begun to. */
export interface HangLine extends Common {
  readonly is: 'hang';
  readonly fence: number;
}

/** An effect outside Postgres. */
export interface EffectLine extends Common {
  readonly is: 'effect';
  readonly fence: number;
  readonly worker: string;
}

/** A body has returned; whether that is recorded is another matter. */
export interface EndLine extends Common {
  readonly is: 'end';
  readonly fence: number;
  readonly value: Value;
  readonly by: string;
}

export interface ThrewLine extends Common {
  readonly is: 'threw';
  readonly fence: number;
}

/** The package said that a result was reported to its caller without being recorded. */
export interface UnrecordedLine extends Common {
  readonly is: 'unrecorded';
  readonly fence: number;
}

/** A caller got a result. */
export interface AnswerLine extends Common {
  readonly is: 'answer';
  readonly askedAt: number;
  readonly by: string;
  readonly door: Door;
  readonly value: Value;
}

/** A caller got an error instead. */
export interface RefusedLine extends Common {
  readonly is: 'refused';
  readonly by: string;
  readonly why: string;
}

/** An operator's clear, from `beganAt` to `at`. */
export interface ClearLine extends Common {
  readonly is: 'clear';
  readonly beganAt: number;
  /** Whether the cache was told; `unknown` where the clear failed, committed or not. */
  readonly cache: 'done' | 'missed' | 'none' | 'unknown';
}

/** Redis forgot everything. `key` is empty: it concerns them all. */
export interface RedisLostLine extends Common {
  readonly is: 'redis-lost';
}

/** An error that nobody caught ended a worker. `key` is empty: it concerns them all. */
export interface CrashLine extends Common {
  readonly is: 'crash';
  readonly worker: string;
  readonly why: string;
}

/** A change of the record, written by a trigger in the transaction that changed it. Renewals are left out. */
export interface RowLine extends Common {
  readonly is: 'row';
  /** Order of the changes of one key. */
  readonly seq: number;
  readonly type: string;
  readonly was: RowState;
  readonly wasFence: number | undefined;
  readonly state: RowState;
  readonly fence: number;
  /** False where a claim began or an operator cleared the key; true where the holder ended its claim. */
  readonly sameNonce: boolean;
  readonly runs: number;
  readonly value: Value | undefined;
  readonly xid: string;
}

/** An effect inside Postgres, in the transaction `xid`. */
export interface CommittedLine extends Common {
  readonly is: 'committed';
  readonly fence: number;
  readonly xid: string;
}

export type Door = 'workflow' | 'standalone' | 'service';

export type Line =
  | BeginLine
  | HangLine
  | EffectLine
  | EndLine
  | ThrewLine
  | UnrecordedLine
  | AnswerLine
  | RefusedLine
  | ClearLine
  | RedisLostLine
  | CrashLine
  | RowLine
  | CommittedLine;

/** Without the instant, which the journal adds. */
export type Entry = Line extends infer One ? (One extends Line ? Omit<One, 'at'> : never) : never;
