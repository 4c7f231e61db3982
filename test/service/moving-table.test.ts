import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  activityOptionsFor,
  deriveKey,
  type Idempotency,
  idempotent,
  idempotentActivities,
  IdempotentTask,
  OperationRunningError,
  OutcomeExistsError,
  StaleClaimError,
  taskKeys,
} from '../../src';
import { assert } from '../helpers/assert';
import { need } from '../helpers/services';
import { World } from '../integration/support/world';
import { newName, Services } from './open';

const root = dirname(require.resolve('temporal-once/package.json'));

/** First column of the table in docs/moving.md → what shows that row. */
type Rows = Readonly<Record<string, (once: Idempotency, world: World) => Promise<void>>>;

class CloseTicket extends IdempotentTask<[id: string], string> {
  readonly policy = { key: (id: string) => id };

  constructor(private readonly world: World) {
    super();
  }

  async run(id: string): Promise<string> {
    await this.world.effects.add('base class', id);
    return `closed ${id}`;
  }
}

/** Asks for one activity twice, by two workflows. */
async function twice(world: World, activities: Record<string, never>, arg: string): Promise<unknown[]> {
  const [name] = Object.keys(activities);
  return world.during({ activities }, (queue) =>
    Promise.all([1, 2].map(() => world.execute('call', queue, [name, [arg]]))),
  );
}

const SHOWN: Rows = {
  'generate_key(task, args)': async (once) => {
    const [a, b] = [
      { x: 1, y: [2] },
      { y: [2], x: 1 },
    ];
    assert.equal(once.key({ type: 't', args: [a] }), once.key({ type: 't', args: [b] }));
    assert.equal(once.key({ type: 't', key: 'k' }), deriveKey({ type: 't', key: 'k' }));
    assert.equal(once.key({ type: 't', key: 0, scope: { tenant: 'a' } }), '1/default/tenant=a/t/=0');
    const operation = { type: 't', key: newName() };
    const inBody = await once.run(operation, ({ key }) => key);
    assert.equal(once.key(operation), inBody);
    assert.equal((await once.lookup(operation))?.key, inBody);
    assert.throws(() => once.key({ type: '' }));
  },
  'autoclose_key(id, date) and the like': async () => {
    assert.equal(taskKeys.autoclose({ ticketId: 123, date: '2025-10-01' }), 'autoclose:123:2025-10-01');
  },
  'check_duplicate(key)': async (once) => {
    const operation = { type: 't', key: newName() };
    assert.equal(await once.lookup(operation), undefined);
    await once.run(operation, async () => assert.equal((await once.lookup(operation))?.state, 'running'));
    assert.equal((await once.lookup(operation))?.state, 'completed');
  },
  'store_result(key, result, ttl)': async (once) => {
    const operation = { type: 't', key: newName() };
    await once.run({ type: 't', key: `${operation.key}-held` }, async () => {
      const held = once.record({ type: 't', key: `${operation.key}-held` }, 1);
      await assert.rejects(held, OperationRunningError);
    });
    await once.record(operation, { path: '/a' }, { ttl: '10m' });
    const { remainingMs = 0 } = (await once.lookup(operation)) ?? {};
    assert.ok(remainingMs > 590_000 && remainingMs <= 600_000, `${remainingMs}`);
    await assert.rejects(once.record(operation, { path: '/b' }), OutcomeExistsError);
    assert.deepEqual(await once.run(operation, () => assert.fail('ran')), { path: '/a' });
  },
  'get_result(key)': async (once) => {
    for (const result of [0, '', false, null]) {
      const operation = { type: 't', key: newName() };
      await once.run(operation, () => result);
      assert.equal((await once.lookup(operation))?.result, result);
    }
  },
  'check, run, store by hand': async (once) => {
    const operation = { type: 't', key: newName() };
    let runs = 0;
    const results = await Promise.all([1, 2, 3].map(() => once.run(operation, () => ++runs)));
    assert.deepEqual(results, [1, 1, 1]);
  },
  'clear_key(key)': async (once) => {
    const operation = { type: 't', key: newName() };
    await once.run(operation, () => 1);
    assert.equal((await once.clear(operation)).previous, 'completed');
    assert.equal(await once.run(operation, () => 2), 2);
  },
  'get_stats()': async (once) => {
    const before = await once.stats();
    const operation = { type: 't', key: newName() };
    for (let call = 0; call < 3; call++) await once.run(operation, () => 1);
    const now = await once.stats();
    assert.deepEqual([now.firsts - before.firsts, now.duplicates - before.duplicates], [1, 2]);
  },
  'acquire_distributed_lock(name)': async (once) => {
    const held = await once.acquireLock(newName('lock'));
    assert.ok(held.fence > 0n && !held.signal.aborted);
    await held.release();
  },
  'release_lock(name)': async (once) => {
    const name = newName('lock');
    const late = await once.acquireLock(name);
    await once.clearLock(name);
    const heir = await once.acquireLock(name);
    assert.equal(await late.release(), false);
    await assert.rejects(once.acquireLock(name, { whenHeld: 'fail' }), OperationRunningError);
    assert.equal(await heir.release(), true);
  },
  'with distributed_lock(name):': async (once) => {
    assert.equal(await once.lock(newName('lock'), {}, ({ fence }) => fence > 0n), true);
  },
  "deleting a stuck lock's key": async (once) => {
    const name = newName('lock');
    const stuck = await once.acquireLock(name);
    assert.equal((await once.clearLock(name)).previous, 'running');
    assert.equal(await once.lock(name, {}, () => 'mine'), 'mine');
    await stuck.release();
    assert.ok(stuck.signal.reason instanceof StaleClaimError);
  },
  '@idempotent_task(...)': async (_once, world) => {
    const close = idempotent({ key: (id: string) => id }, async (id: string) =>
      world.effects.add('function', id),
    );
    await twice(world, { close: close as never }, 'a');
    assert.deepEqual(await world.effects.notes('function'), ['a']);
  },
  'base class IdempotentTask': async (_once, world) => {
    const activity = new CloseTicket(world).activity();
    assert.equal(activity.name, 'CloseTicket');
    assert.deepEqual(await twice(world, { closeTicket: activity as never }, 'a'), ['closed a', 'closed a']);
    assert.deepEqual(await world.effects.notes('base class'), ['a']);
    class Wrong extends IdempotentTask<[], void> {
      readonly policy = { kye: 'k' } as object;
      async run(): Promise<void> {}
    }
    assert.throws(() => new Wrong().activity(), { code: 'INVALID_OPTION' });
  },
  'tasks of one class': async (_once, world) => {
    class Desk {
      async note(text: string): Promise<void> {
        await world.effects.add('class', text);
      }
    }
    await twice(world, idempotentActivities({ scope: 'global' }, new Desk()) as never, 'a');
    assert.deepEqual(await world.effects.notes('class'), ['a']);
  },
  'retry options at each task': async (_once, world) => {
    let attempts = 0;
    const failing = async (): Promise<void> => {
      attempts++;
      throw new Error('again');
    };
    const options = activityOptionsFor('mutation', {
      retry: { initialInterval: '20ms', maximumAttempts: 3 },
    });
    const flow = world.during({ activities: { failing } }, (queue) =>
      world.execute('call', queue, ['failing', [], options]),
    );
    await assert.rejects(flow);
    assert.equal(attempts, 3);
  },
};

describe('[duplicates] the table in docs/moving.md', () => {
  const services = new Services();
  let once: Idempotency;
  let world: World;
  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL', 'TEMPORAL_ADDRESS');
    once = await services.connect();
    world = await World.open();
  });
  after(async () => {
    await services.close();
    await world?.close();
  });

  it('has these rows and no others', () => {
    const docs = readFileSync(join(root, 'docs/moving.md'), 'utf8');
    const section = docs.split('\n## ')[1] ?? '';
    const rows = section.split('\n').filter((line) => line.startsWith('|'));
    const first = rows.slice(2).map((line) => line.split('|')[1]?.replaceAll('`', '').trim());
    assert.deepEqual(first, Object.keys(SHOWN));
  });

  for (const [row, show] of Object.entries(SHOWN)) it(row, () => show(once, world));
});
