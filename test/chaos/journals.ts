import type { Line, RowLine, Value } from '../../chaos/journal/line';
import type { Terms } from '../../chaos/judge/judge';

export const TERMS: Terms = { transactionalTypes: ['transfer'], redisMaxAgeMs: 10_000, slackMs: 100 };

export const KEY = 'charge-1';

export function value(fence: number, n = `run-${fence}`): Value {
  return { key: KEY, fence, n };
}

/** A journal by hand: each line a millisecond after the one before. */
export class HandMade {
  readonly lines: Line[] = [];
  private nowMs = 1_000;
  private seq = 0;
  private state: RowLine['state'] = 'gone';
  private fence: number | undefined;
  private runs = 0;

  constructor(private readonly type: 'charge' | 'transfer' = 'charge') {}

  /** Lets time pass. */
  pass(ms: number): this {
    this.nowMs += ms;
    return this;
  }

  claim(fence: number, changes: Partial<RowLine> = {}): this {
    this.runs = this.state === 'running' ? this.runs + 1 : 1;
    return this.row('running', fence, false, changes);
  }

  settle(fence: number, changes: Partial<RowLine> = {}): this {
    return this.row('completed', fence, true, { value: value(fence), ...changes });
  }

  release(fence: number): this {
    return this.row('absent', fence, true);
  }

  /** An operator's clear, in the record and as the operator saw it. */
  clear(cache: 'done' | 'missed' = 'done'): this {
    const beganAt = this.nowMs;
    this.row('absent', this.fence ?? 0, false);
    return this.add({ is: 'clear', beganAt, cache }).pass(1);
  }

  deleted(): this {
    return this.row('gone', this.fence ?? 0, true);
  }

  begin(fence: number, attempt = 1, by = `call-${fence}`): this {
    return this.add({ is: 'begin', fence, attempt, by, worker: 'w', wallMs: 0, pooled: false });
  }

  effect(fence: number): this {
    return this.add({ is: 'effect', fence, worker: 'w' });
  }

  threw(fence: number): this {
    return this.add({ is: 'threw', fence });
  }

  end(fence: number, by = `call-${fence}`): this {
    return this.add({ is: 'end', fence, value: value(fence), by });
  }

  unrecorded(fence: number): this {
    return this.add({ is: 'unrecorded', fence });
  }

  committed(fence: number, xid = `x${fence}`): this {
    return this.add({ is: 'committed', fence, xid });
  }

  answer(told: Value, by = 'somebody', askedAt = this.nowMs): this {
    return this.add({ is: 'answer', askedAt, by, door: 'workflow', value: told });
  }

  crash(): this {
    return this.add({ is: 'crash', key: '', worker: 'w', why: 'Error: nobody caught it' });
  }

  redisLost(): this {
    return this.add({ is: 'redis-lost' });
  }

  /** A whole body: claim, effect, outcome. */
  run(fence: number): this {
    return this.claim(fence).begin(fence).effect(fence).end(fence).settle(fence);
  }

  private row(
    state: RowLine['state'],
    fence: number,
    sameNonce: boolean,
    changes: Partial<RowLine> = {},
  ): this {
    const { type, runs } = this;
    const from = { was: this.state, wasFence: this.fence };
    const about = { type, fence, sameNonce, runs, value: undefined, xid: `x${fence}` };
    this.add({ is: 'row', seq: ++this.seq, ...from, state, ...about, ...changes });
    this.state = state;
    this.fence = fence;
    return this;
  }

  private add(entry: Record<string, unknown>): this {
    this.lines.push({ at: ++this.nowMs, key: KEY, ...entry } as unknown as Line);
    return this;
  }
}
