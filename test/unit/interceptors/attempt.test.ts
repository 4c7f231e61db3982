import type { Context, Info } from '@temporalio/activity';
import { timingOf } from '../../../src/interceptors/attempt';
import { assert } from '../../helpers/assert';

describe('[edge] how long an attempt may hold its claim', () => {
  const timing = (change: Partial<Info>) => {
    const info = {
      ...{ isLocal: false, attempt: 1, heartbeatTimeoutMs: undefined },
      ...{ startToCloseTimeoutMs: 0, scheduleToCloseTimeoutMs: 0 },
      ...{ scheduledTimestampMs: 0, currentAttemptScheduledTimestampMs: 0 },
      ...change,
    };
    const ctx = { info, cancellationSignal: new AbortController().signal } as unknown as Context;
    const from = performance.now();
    const { waitUntilMs, beginUntilMs, hardEndMs } = timingOf(ctx);
    const to = performance.now();
    /** Counted from a moment within the call. */
    const isIn = (untilMs: number, ms: number) => untilMs - ms >= from - 0.01 && untilMs - ms <= to + 0.01;
    return {
      ...{ waitMs: waitUntilMs - from, beginMs: beginUntilMs - from, holdMs: hardEndMs - from },
      waitsFor: (ms: number) => isIn(waitUntilMs, ms),
      holdsFor: (ms: number) => isIn(hardEndMs, ms),
    };
  };
  const YEAR_MS = 365 * 24 * 3_600_000;

  it('others: no deadline means held, for as long as the body runs; it is no orphan', () => {
    const { waitMs, beginMs, holdMs } = timing({});
    for (const ms of [waitMs, beginMs, holdMs]) assert.ok(ms > YEAR_MS, `${ms} ms`);
  });

  it('start-to-close bounds it, with a grace for the report', () => {
    const { waitMs, holdMs, waitsFor, holdsFor } = timing({ startToCloseTimeoutMs: 10_000 });
    assert.ok(waitsFor(9_000), `${waitMs} ms`);
    assert.ok(holdsFor(15_000), `${holdMs} ms`);
  });

  it('the sooner of two deadlines bounds it: what is left of schedule-to-close, by the server’s clock', () => {
    const { holdMs, holdsFor } = timing({
      startToCloseTimeoutMs: 60_000,
      scheduleToCloseTimeoutMs: 30_000,
      scheduledTimestampMs: 1_000_000,
      currentAttemptScheduledTimestampMs: 1_010_000,
    });
    assert.ok(holdsFor(25_000), `${holdMs} ms`);
  });

  it('the last attempt begins however late it wins', () => {
    const retryPolicy = { maximumAttempts: 3 };
    const { beginMs } = timing({ startToCloseTimeoutMs: 10_000, attempt: 3, retryPolicy });
    assert.equal(beginMs, Infinity);
  });
});
