import { setTimeout as sleep } from 'node:timers/promises';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { WorkflowHandle } from '@temporalio/client';
import { assert } from '../helpers/assert';
import { OncePlugin } from '../../src';
import { bundle, plainBundle } from './support/bundle';
import { eventNames } from './support/failures';
import { turn } from './support/turn';
import { DATABASE_URL, World } from './support/world';
import { add, charge, entries, finish } from './workflows/messages';

const once = new OncePlugin({ postgres: DATABASE_URL });
const MARKER = 'markerRecordedEventAttributes';

describe('[integration] histories with messages replay', () => {
  let world: World;
  before(async () => (world = await World.open({ plugins: [once] })));
  after(() => world.close());

  async function given(withPlugin: boolean): Promise<Partial<WorkerOptions>> {
    return withPlugin ? {} : { plugins: [], workflowBundle: await plainBundle() };
  }

  async function replay(handle: WorkflowHandle, withPlugin: boolean): Promise<void> {
    const options = withPlugin
      ? { workflowBundle: await bundle(), plugins: [once] }
      : { workflowBundle: await plainBundle() };
    await Worker.runReplayHistory(options, await handle.fetchHistory(), handle.workflowId);
  }

  /** @param keys of the signals that are sent, each followed by a timer. */
  async function record(withPlugin: boolean, keys: readonly (string | undefined)[]): Promise<WorkflowHandle> {
    return world.during(await given(withPlugin), async (queue) => {
      const handle = await world.start('ledger', queue, [{ timers: true }]);
      for (const key of keys) {
        await (key === undefined ? handle.signal(add, 'x') : once.signal(handle, add, { key }, key));
        await handle.executeUpdate(charge, { args: [String(key), 1], idempotency: { key } });
      }
      await handle.signal(finish);
      await handle.result();
      return handle;
    });
  }

  const timers = async (handle: WorkflowHandle) =>
    (await eventNames(handle)).filter((name) => name === 'timerStartedEventAttributes').length;

  for (const made of [true, false]) {
    const word = made ? 'with' : 'without';
    it(`made ${word} the plugin, no repeats: both ways, and no marker`, async () => {
      const handle = await record(made, [undefined, 'a', undefined, 'b']);
      assert.equal(await timers(handle), 4);
      assert.ok(!(await eventNames(handle)).includes(MARKER));
      await assert.doesNotReject(replay(handle, true));
      await assert.doesNotReject(replay(handle, false));
    });
  }

  it('made without it, with repeats that were all delivered: both ways', async () => {
    const handle = await record(false, ['a', 'a', 'b', 'a']);
    assert.equal(await timers(handle), 4);
    await assert.doesNotReject(replay(handle, true));
    await assert.doesNotReject(replay(handle, false));
  });

  it('made with it, with repeats that were dropped: with it only, as the marker says', async () => {
    const handle = await record(true, ['a', 'a', 'b', 'a']);
    assert.equal(await timers(handle), 2);
    const markers = (await eventNames(handle)).filter((name) => name === MARKER);
    assert.equal(markers.length, 1);
    await assert.doesNotReject(replay(handle, true));
    await assert.rejects(replay(handle, false), /TMPRL1100|[Nn]ondeterminism/);
    // As docs/messages.md finds them; the server writes its index a moment later.
    const query = `TemporalChangeVersion="temporal-once:messages" AND WorkflowId="${handle.workflowId}"`;
    while ((await world.client.workflow.count(query)).count !== 1) await sleep(50);
  });

  it('begun without it and gone on with it: what was delivered stays delivered', async () => {
    const handle = await world.during(await given(false), async (queue) => {
      const begun = await world.start('ledger', queue, [{ timers: true }]);
      for (let n = 0; n < 2; n++) await once.signal(begun, add, { key: 'a' }, 'a');
      assert.deepEqual(await begun.query(entries), ['add a', 'add a']);
      return { begun, queue };
    });
    const { begun, queue } = handle;
    await world.during({ taskQueue: queue }, async () => {
      await once.signal(begun, add, { key: 'a' }, 'a');
      await once.signal(begun, add, { key: 'b' }, 'b');
      assert.deepEqual(await begun.query(entries), ['add a', 'add a', 'add b']);
    });
    // A worker that remembers nothing.
    await world.during({ taskQueue: queue }, async () => {
      await once.signal(begun, add, { key: 'b' }, 'b');
      await begun.signal(finish);
      assert.deepEqual(await begun.result(), ['add a', 'add a', 'add b']);
    });
    await assert.doesNotReject(replay(begun, true));
  });

  it('every run of a chain that answers updates', async () => {
    const runs = await world.during({}, async (queue) => {
      const handle = await world.start('ledger', queue, [{ timers: true }]);
      const ids: string[] = [];
      for (let run = 0; run < 3; run++) {
        ids.push((await handle.describe()).runId);
        await handle.executeUpdate(charge, { args: ['a', 1], idempotency: { key: 'k' } });
        await once.signal(handle, add, { key: 'k' }, 'a');
        await (run < 2 ? turn(world.client.workflow.getHandle(handle.workflowId)) : handle.signal(finish));
      }
      assert.deepEqual(await handle.result(), ['charge a 1', 'add a']);
      return ids.map((runId) => world.client.workflow.getHandle(handle.workflowId, runId));
    });
    assert.equal(new Set(runs.map((run) => run.workflowId)).size, 1);
    for (const run of runs) await assert.doesNotReject(replay(run, true));
  });
});
