import { Client, type WorkflowHandle } from '@temporalio/client';
import { assert } from '../helpers/assert';
import {
  InvalidKeyError,
  InvalidOptionError,
  MessageDoorMissingError,
  OncePlugin,
  SignalKeyMissingError,
} from '../../src';
import { turn } from './support/turn';
import { eventNames } from './support/failures';
import { logTexts } from './support/logs';
import { DATABASE_URL, randomId, World } from './support/world';
import { add, finish, type ledger } from './workflows/messages';

const once = new OncePlugin({ postgres: DATABASE_URL });

describe('[integration] signals once', () => {
  let world: World;
  before(async () => (world = await World.open({ plugins: [once] })));
  after(() => world.close());

  const clientOf = (...plugins: OncePlugin[]) =>
    new Client({ connection: world.client.connection, plugins }).workflow;

  it('the first is delivered, the repeats are dropped', async () => {
    await world.during({}, async (queue) => {
      const handle = await world.start('ledger', queue, []);
      for (let n = 0; n < 3; n++) await once.signal(handle, add, { key: 'k1' }, 'a', 1);
      await once.signal(handle, 'add', { key: 'k2' }, 'b');
      await once.signal(handle, add, { key: 'k1', scope: { tenant: 'x' } }, 'c');
      await once.signal(handle, add, { key: undefined }, 'd');
      for (let n = 0; n < 2; n++) await handle.signal(add, 'unkeyed');
      await handle.signal(finish);
      const expected = ['add a 1', 'add b', 'add c', 'add d', 'add unkeyed', 'add unkeyed'];
      assert.deepEqual(await handle.result(), expected);
    });
  });

  it('a repeat is known in the next runs', async () => {
    await world.during({}, async (queue) => {
      const handle = await world.start('ledger', queue, []);
      for (let run = 0; run < 4; run++) {
        await once.signal(handle, add, { key: 'k' }, 'a');
        await once.signal(handle, add, { key: `run ${run}` }, `run ${run}`);
        await turn(handle);
      }
      await once.signal(handle, add, { key: 'run 2' }, 'run 2');
      await handle.signal(finish);
      assert.deepEqual(await handle.result(), ['add a', 'add run 0', 'add run 1', 'add run 2', 'add run 3']);
    });
  });

  it('signalWithStart: the key is that of the signal; the start has the same header', async () => {
    await world.during({}, async (taskQueue) => {
      const workflowId = randomId('workflow');
      let handle!: WorkflowHandle<typeof ledger>;
      for (let n = 0; n < 3; n++) {
        handle = await world.client.workflow.signalWithStart<typeof ledger, [string, number?]>('ledger', {
          workflowId,
          taskQueue,
          args: [],
          signal: add,
          signalArgs: ['a'],
          signalIdempotency: { key: 'k' },
        });
      }
      await handle.signal(finish);
      assert.deepEqual(await handle.result(), ['add a']);
      const { events } = await handle.fetchHistory();
      const headers = (events ?? []).flatMap((event) => {
        const attributes =
          event.workflowExecutionStartedEventAttributes ?? event.workflowExecutionSignaledEventAttributes;
        return attributes == null ? [] : [Object.keys(attributes.header?.fields ?? {})];
      });
      const ours = ['__temporal_once_message'];
      assert.deepEqual(headers, [ours, ours, ours, ours, []]);
    });
  });

  it('from workflow code, to another workflow and to a child', async () => {
    await world.during({}, async (queue) => {
      const target = await world.start('ledger', queue, []);
      const sent = await world.execute('sender', queue, [target.workflowId, 'a', 3]);
      assert.deepEqual(sent, ['add a']);
      // The same key, from a client.
      await once.signal(target, add, { key: 'a' }, 'a');
      await target.signal(finish);
      assert.deepEqual(await target.result(), ['add a']);
    });
  });

  it('other arguments under the same key: dropped, and said in the log without them', async () => {
    const id = await world.during({}, async (queue) => {
      const handle = await world.start('ledger', queue, []);
      await once.signal(handle, add, { key: 'k' }, 'first-secret', 1);
      await once.signal(handle, add, { key: 'k' }, 'other-secret', 2);
      await once.signal(handle, add, { key: 'k', fingerprint: false }, 'third-secret', 3);
      await handle.signal(finish);
      assert.deepEqual(await handle.result(), ['add first-secret 1']);
      return handle.workflowId;
    });
    const lines = logTexts().filter((line) => line.includes(id) && line.includes('dropped'));
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? '', /^WARN .*with other arguments.*1\/workflow\/add\/k/);
    assert.match(lines[1] ?? '', /^INFO /);
    assert.doesNotMatch(lines.join('\n'), /secret/);
  });

  it('the oldest keys are forgotten first, and what travels is bounded', async () => {
    await world.during({}, async (queue) => {
      const remember = { keys: 20, carryBytes: 1000 };
      const handle = await world.start('ledger', queue, [{ remember }]);
      for (let n = 0; n < 60; n++) await once.signal(handle, add, { key: n }, `${n}`);
      await once.signal(handle, add, { key: 59 }, '59');
      await once.signal(handle, add, { key: 0 }, '0');
      await turn(handle);
      await once.signal(handle, add, { key: 58 }, '58');
      await handle.signal(finish);
      const seen = (await handle.result()) as string[];
      assert.equal(seen.length, 61, 'forgotten, so delivered again: the oldest only');
      assert.equal(seen.at(-1), 'add 0');
      const { memo } = await handle.describe();
      assert.ok(JSON.stringify(memo?.['__temporal_once_messages']).length <= 1000);
    });
  });

  it('a signal that should have a key: refused by the plugin, before it is sent', async () => {
    const [all, some] = [true as const, ['add']].map(
      (require) => new OncePlugin({ postgres: DATABASE_URL, signals: { require } }),
    ) as [OncePlugin, OncePlugin];
    await world.during({}, async (taskQueue) => {
      const { workflowId } = await world.start('ledger', taskQueue, []);
      const strict = clientOf(all).getHandle(workflowId);
      await assert.rejects(strict.signal(finish), (error: Error) => {
        assert.ok(error instanceof SignalKeyMissingError);
        assert.deepEqual([error.code, error.signal], ['SIGNAL_KEY_MISSING', 'finish']);
        return true;
      });
      const start = { workflowId, taskQueue, signal: add, signalArgs: ['a'] as [string], args: [] };
      await assert.rejects(clientOf(some).signalWithStart('ledger', start), SignalKeyMissingError);
      const lenient = clientOf(some).getHandle(workflowId);
      await some.signal(lenient, add, { key: 'k' }, 'a');
      await lenient.signal(finish);
      assert.deepEqual(await lenient.result(), ['add a']);
    });
  });

  it('from a sender that is not ours: delivered, and warned of where the workflow says so', async () => {
    const plain = new Client({ connection: world.client.connection }).workflow;
    const id = await world.during({}, async (queue) => {
      const remember = { expectKeys: ['add'] };
      const { workflowId } = await world.start('ledger', queue, [{ remember }]);
      const handle = plain.getHandle(workflowId);
      await handle.signal(add, 'a');
      await handle.signal(finish);
      assert.deepEqual(await handle.result(), ['add a']);
      // Here nothing would carry a key.
      await assert.rejects(once.signal(handle, add, { key: 'k' }, 'a'), MessageDoorMissingError);
      return workflowId;
    });
    const lines = logTexts().filter((line) => line.includes(id) && line.includes('came without one'));
    assert.equal(lines.length, 1);
  });

  it('bad input is refused before anything is sent', async () => {
    await world.during({}, async (queue) => {
      const handle = await world.start('ledger', queue, []);
      const send = (key: unknown) => once.signal(handle, add, key as never, 'a');
      await assert.rejects(send({}), InvalidOptionError);
      await assert.rejects(send('k'), InvalidOptionError);
      await assert.rejects(send({ key: 'k', ttl: '1h' }), InvalidOptionError);
      await assert.rejects(send({ key: 'k', scope: 'global' }), InvalidKeyError);
      await assert.rejects(send({ key: 'é'.repeat(500) }), InvalidKeyError);
      await handle.signal(finish);
      assert.deepEqual(await handle.result(), []);
      const names = await eventNames(handle);
      assert.equal(names.filter((name) => name === 'workflowExecutionSignaledEventAttributes').length, 1);
      assert.throws(
        () => new OncePlugin({ postgres: 'x', signals: { require: 'add' } as never }),
        InvalidOptionError,
      );
    });
  });
});
