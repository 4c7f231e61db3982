import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Settlement } from '../../../src/stores/store';
import { assert } from '../../helpers/assert';
import { claim, claimAgain } from './claims';
import { chosen, command, durations, key, near, STEP_MS, won, type Command } from './history';
import { text } from './reference';

const payload = fc.option(fc.constantFrom('', 'a', 'b\u0000c'), { nil: undefined });

const bytesOf = (said: string | undefined) => (said === undefined ? undefined : Buffer.from(said));

const settle = fc
  .record({
    back: won,
    op: fc.constantFrom(
      'complete' as const,
      'complete' as const,
      'fail' as const,
      'release' as const,
      'renew' as const,
    ),
    forMs: durations,
    payload,
    context: fc.constantFrom(undefined, '{"workflowId":"w"}'),
    wrong: fc.constantFrom('nothing', 'nothing', 'nothing', 'fence', 'nonce'),
    keep: fc.boolean(),
  })
  .map(({ back, op, forMs, payload: bytes, context, wrong, keep }) =>
    command(`${op} ${JSON.stringify({ back, forMs, bytes, context, wrong, keep })}`, async (model, real) => {
      const ticket = chosen(real, back);
      if (ticket === undefined) return;
      const { asked } = ticket;
      // Who says something again says the same, and does not ask a cache to keep it.
      const again = ticket.ended?.op === op ? ticket.ended : undefined;
      const kept = again ?? { op, payload: bytes, context, retentionMs: forMs };
      const owner = { fingerprint: asked.fingerprints[0], execution: asked.owner.execution };
      const cache = { ...owner, keep: keep && again === undefined };
      const name = {
        key: asked.key,
        fence: wrong === 'fence' ? ticket.fence + 1n : ticket.fence,
        nonce: wrong === 'nonce' ? randomUUID() : asked.nonce,
      };
      const said: Settlement =
        op === 'release'
          ? { ...name, op }
          : op === 'renew'
            ? { ...name, op, leaseMs: forMs }
            : { ...name, ...kept, op, payload: bytesOf(kept.payload), cache };
      const running = model.pages.get(asked.key)?.state === 'held';
      const verdict = model.settle(said);
      assert.equal(await real.store.settle(said), verdict);
      if (verdict === 'stale' || !running || op === 'renew') return;
      ticket.ended = kept;
      if (op !== 'release' && keep) real.offered.add(asked.key);
    }),
  );

const record = fc
  .record({ key, payload, fingerprint: fc.constantFrom('f-1', 'f-2', undefined), retentionMs: durations })
  .map(({ key: at, payload: bytes, ...rest }) =>
    command(`record ${JSON.stringify({ at, bytes, ...rest })}`, async (model, real) => {
      const name = real.keys[at] as string;
      const outcome = { key: name, type: 'charge', context: undefined, payload: bytesOf(bytes), ...rest };
      const { verdict, writes } = model.record(outcome);
      assert.equal(await real.store.record(outcome), verdict);
      if (!writes) return;
      real.offered.delete(name);
      const view = await real.store.lookup(name);
      assert.ok(view !== undefined && model.grows(name, view.fence), 'a record has a fence of its own');
      model.recorded(outcome, view.fence);
    }),
  );

const clear = key.map((at) =>
  command(`clear ${at}`, async (model, real) => {
    const name = real.keys[at] as string;
    const report = await real.store.clear(name);
    assert.equal(report.previous, model.clear(name));
    assert.ok(model.grows(name, report.fence), 'a clear kills whatever has been claimed');
    real.offered.delete(name);
  }),
);

const lookup = key.map((at) =>
  command(`lookup ${at}`, async (model, real) => {
    const name = real.keys[at] as string;
    const expected = model.seen(name);
    const view = await real.store.lookup(name);
    assert.equal(view?.state, expected?.state);
    if (view === undefined || expected === undefined) return;
    const { page } = expected;
    assert.deepEqual(
      [view.key, view.fence, view.runs, view.fingerprint, view.owner, text(view.payload), view.context],
      [name, page.fence, page.runs, page.fingerprint, page.detail, text(page.payload), page.context],
    );
    near(view.remainingMs, Math.max(0, page.untilMs - model.nowMs));
  }),
);

const pass = fc.integer({ min: 1, max: 3 }).map((steps) =>
  command(`${steps * STEP_MS} ms pass`, async (model, real) => {
    await real.pass(steps * STEP_MS);
    model.nowMs += steps * STEP_MS;
  }),
);

/** A cache answers the outcome that stands, or nothing; and it does answer what was offered and has arrived. */
const peek = fc.record({ key, flush: fc.boolean() }).map(({ key: at, flush }) =>
  command(`${flush ? 'flush and ' : ''}peek ${at}`, async (model, real) => {
    const name = real.keys[at] as string;
    if (real.store.peek === undefined) return;
    if (flush) await real.flush();
    const known = await real.store.peek(name);
    const expected = model.seen(name);
    const stands = expected !== undefined && expected.state !== 'running';
    if (known === undefined) {
      assert.ok(!(flush && stands && real.offered.has(name)), 'the cache has forgotten an outcome');
      return;
    }
    assert.ok(stands, `the cache answers where no outcome stands (fence ${known.fence})`);
    assert.deepEqual(
      [known.state, known.fence, text(known.payload), known.context, known.fingerprint],
      [
        expected.state,
        expected.page.fence,
        text(expected.page.payload),
        expected.page.context,
        expected.page.fingerprint,
      ],
    );
  }),
);

export function everyCommand(withCache: boolean): fc.Arbitrary<Iterable<Command>> {
  const all = [claim, claim, claim, claimAgain, settle, settle, settle, record, clear, lookup, pass];
  return fc.commands(withCache ? [...all, peek, peek] : all, { maxCommands: 60, size: 'max' });
}
