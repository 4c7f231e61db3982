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
    const now = performance.now();
    const { waitUntilMs, beginUntilMs, hardEndMs } = timingOf(ctx);
    return { waitMs: waitUntilMs - now, beginMs: beginUntilMs - now, holdMs: hardEndMs - now };
  };
  const YEAR_MS = 365 * 24 * 3_600_000;

  it('others: no deadline means held, for as long as the body runs; it is no orphan', () => {
    const { waitMs, beginMs, holdMs } = timing({});
    for (const ms of [waitMs, beginMs, holdMs]) assert.ok(ms > YEAR_MS, `${ms} ms`);
  });

  it('start-to-close bounds it, with a grace for the report', () => {
    const { waitMs, holdMs } = timing({ startToCloseTimeoutMs: 10_000 });
    assert.ok(Math.abs(waitMs - 9_000) < 100, `${waitMs} ms`);
    assert.ok(Math.abs(holdMs - 15_000) < 100, `${holdMs} ms`);
  });

  it('the sooner of two deadlines bounds it: what is left of schedule-to-close, by the server’s clock', () => {
    const { holdMs } = timing({
      startToCloseTimeoutMs: 60_000,
      scheduleToCloseTimeoutMs: 30_000,
      scheduledTimestampMs: 1_000_000,
      currentAttemptScheduledTimestampMs: 1_010_000,
    });
    assert.ok(Math.abs(holdMs - 25_000) < 100, `${holdMs} ms`);
  });

  it('the last attempt begins however late it wins', () => {
    const retryPolicy = { maximumAttempts: 3 };
    const { beginMs } = timing({ startToCloseTimeoutMs: 10_000, attempt: 3, retryPolicy });
    assert.equal(beginMs, Infinity);
  });
});
