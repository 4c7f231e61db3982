import { Worker } from '@temporalio/worker';
import type { WorkflowHandle } from '@temporalio/client';
import { assert } from '../helpers/assert';
import { OncePlugin } from '../../src';
import { bundle, plainBundle } from './support/bundle';
import { eventNames } from './support/failures';
import { World } from './support/world';

describe('[integration] histories replay with and without the plugin', () => {
  let world: World;
  const made = new Map<boolean, WorkflowHandle>();
  before(async () => {
    world = await World.open();
    for (const withPlugin of [true, false]) made.set(withPlugin, await run(withPlugin));
  });
  after(() => world.close());

  async function run(withPlugin: boolean): Promise<WorkflowHandle> {
    let tries = 0;
    const activities = {
      echo: async (text: string) => text,
      flaky: async (id: string) => {
        if (++tries < 3) throw new Error('not yet');
        return id;
      },
    };
    const given = withPlugin ? {} : { plugins: [], workflowBundle: await plainBundle() };
    return world.during({ activities, ...given }, async (queue) => {
      const handle = await world.start('busy', queue, ['x']);
      const [a, b, c, d, random] = (await handle.result()) as string[];
      assert.deepEqual([a, b, c, d], ['a x', 'b x', 'x', 'c']);
      assert.equal(random?.length, 36);
      return handle;
    });
  }

  async function replay(handle: WorkflowHandle, withPlugin: boolean): Promise<void> {
    const history = await handle.fetchHistory();
    const options = withPlugin
      ? { workflowBundle: await bundle(), plugins: [world.plugin()] }
      : { workflowBundle: await plainBundle() };
    await Worker.runReplayHistory(options, history, handle.workflowId);
  }

  const handleOf = (withPlugin: boolean) => made.get(withPlugin) as WorkflowHandle;

  for (const first of [true, false]) {
    for (const replayed of [true, false]) {
      const word = (plugin: boolean) => (plugin ? 'with' : 'without');
      it(`made ${word(first)}, replayed ${word(replayed)}`, async () => {
        await assert.doesNotReject(replay(handleOf(first), replayed));
      });
    }
  }

  it('a replay worker needs no store', async () => {
    const handle = handleOf(true);
    const unreachable = new OncePlugin({ postgres: 'postgres://nobody@127.0.0.1:1/none' });
    const options = { workflowBundle: await bundle(), plugins: [unreachable] };
    await assert.doesNotReject(
      Worker.runReplayHistory(options, await handle.fetchHistory(), handle.workflowId),
    );
  });

  it('the plugin adds no event: the header is all', async () => {
    const count = (names: string[]) =>
      Object.fromEntries(
        [
          'activityTaskScheduledEventAttributes',
          'markerRecordedEventAttributes',
          'timerStartedEventAttributes',
        ].map((name) => [name, names.filter((one) => one === name).length]),
      );
    const [plain, plugged] = [await eventNames(handleOf(false)), await eventNames(handleOf(true))];
    assert.deepEqual(count(plugged), count(plain));
    // How many workflow tasks it takes depends on the load of the machine.
    const kinds = (names: string[]) =>
      [...new Set(names.filter((name) => !name.startsWith('workflowTask')))].sort();
    assert.deepEqual(kinds(plugged), kinds(plain));
  });

  it('the only header is ours, and it names no argument of an unkeyed call', async () => {
    const handle = handleOf(true);
    const { events } = await handle.fetchHistory();
    const headers = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
      scheduled == null ? [] : [Object.keys(scheduled.header?.fields ?? {})],
    );
    assert.ok(headers.length > 0);
    for (const names of headers) assert.deepEqual(names, ['__temporal_once']);
  });
});
