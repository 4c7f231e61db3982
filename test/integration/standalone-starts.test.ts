import { Client, type ActivityOptions } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { assert } from '../helpers/assert';
import { FingerprintMismatchError, InvalidKeyError, InvalidOptionError, idempotent } from '../../src';
import { BoundEncryption } from './support/encryption';
import { failureOf } from './support/failures';
import { Gate } from './support/gate';
import { World, randomId } from './support/world';

interface Order {
  readonly id: string;
  readonly cents?: number;
}

describe('[integration] standalone activities, started with idempotency', () => {
  let world: World;
  let client: Client;

  before(async () => {
    world = await World.open();
    client = new Client({ connection: world.client.connection, plugins: [world.plugin()] });
  });
  after(() => world.close());

  const byId = { key: (order: Order) => order.id };
  const options = (taskQueue: string, args: unknown[], more: Partial<ActivityOptions> = {}) => ({
    id: '',
    taskQueue,
    args,
    startToCloseTimeout: '20s' as const,
    retry: { initialInterval: '50ms' as const, backoffCoefficient: 1, maximumAttempts: 3 },
    idempotency: byId,
    ...more,
  });
  const charge = async (order: Order) => {
    await world.effects.add(`charge ${order.id}`);
    return `charged ${order.id} ${order.cents ?? 0}`;
  };

  it('the id says what it is, and a duplicate gets the first run and its outcome', async () => {
    await world.during({ activities: { charge } }, async (queue) => {
      const first = await client.activity.start('charge', options(queue, [{ id: 'a', cents: 1 }]));
      assert.equal(first.activityId, 'global/charge/a');
      assert.equal(first.activityId, world.plugin().activityId({ type: 'charge', key: 'a' }));
      assert.equal(await first.result(), 'charged a 1');
      const second = await client.activity.start('charge', options(queue, [{ cents: 1, id: 'a' }]));
      assert.equal(second.runId, first.runId);
      assert.equal(second.activityId, first.activityId);
      assert.equal(await second.result(), 'charged a 1');
    });
    assert.equal(await world.effects.count('charge a'), 1);
  });

  it('many at once are one run', async () => {
    await world.during({ activities: { charge } }, async (queue) => {
      const start = () => client.activity.start('charge', options(queue, [{ id: 'many' }]));
      const handles = await Promise.all(Array.from({ length: 12 }, start));
      assert.equal(new Set(handles.map(({ runId }) => runId)).size, 1);
      const results = await Promise.all(handles.map((handle) => handle.result()));
      assert.deepEqual(new Set(results), new Set(['charged many 0']));
    });
    assert.equal(await world.effects.count('charge many'), 1);
  });

  it('shares its record with calls of the same key from workflows', async () => {
    await world.during({ activities: { charge } }, async (queue) => {
      assert.equal(await client.activity.execute('charge', options(queue, [{ id: 'w1' }])), 'charged w1 0');
      assert.equal(await world.execute('chargeOrder', queue, [{ id: 'w1' }]), 'charged w1 0');
      assert.equal(await world.execute('chargeOrder', queue, [{ id: 'w2' }]), 'charged w2 0');
      assert.equal(await client.activity.execute('charge', options(queue, [{ id: 'w2' }])), 'charged w2 0');
    });
    assert.equal(await world.effects.count('charge w1'), 1);
    assert.equal(await world.effects.count('charge w2'), 1);
  });

  it('without a key: the arguments are it, in the scope of the declaration where there is one', async () => {
    const declared = idempotent({ scope: { tenant: 'acme' } }, charge);
    await world.during({ activities: { charge, declared } }, async (queue) => {
      const plain = (type: string, cents: number) =>
        client.activity.start(type, options(queue, [{ id: 'args', cents }], { idempotency: {} }));
      const [one, same, other] = [
        await plain('charge', 1),
        await plain('charge', 1),
        await plain('charge', 2),
      ];
      assert.match(one.activityId, /^global\/charge\/#/);
      assert.equal(same.runId, one.runId);
      assert.notEqual(other.activityId, one.activityId);
      for (const handle of [one, same, other]) await handle.result();
      await (await plain('declared', 3)).result();
    });
    assert.equal(await world.effects.count('charge args'), 3);
    const { rows } = await world.pool.query<{ key: string }>(`SELECT key FROM ${world.schema}.records`);
    const scopes = rows.map(({ key }) => key.split('/').slice(1, 4).join('/'));
    assert.ok(scopes.includes('default/tenant=acme/declared'), 'the declaration names the circle');
    assert.equal(scopes.filter((scope) => scope === 'default/global/charge').length >= 2, true);
  });

  it('when the server no longer knows the first run, the record answers', async () => {
    await world.during({ activities: { charge } }, async (queue) => {
      const first = await client.activity.start('charge', options(queue, [{ id: 'gone' }]));
      await first.result();
      const { workflowService, options: own } = client.activity as unknown as {
        workflowService: {
          deleteActivityExecution(request: object): Promise<unknown>;
          describeActivityExecution(request: object): Promise<unknown>;
        };
        options: { namespace: string };
      };
      const run = { namespace: own.namespace, activityId: first.activityId, runId: first.runId };
      await workflowService.deleteActivityExecution(run);
      for (let known = true; known;) {
        known = await workflowService.describeActivityExecution(run).then(
          () => true,
          () => false,
        );
      }
      const second = await client.activity.start('charge', options(queue, [{ id: 'gone' }]));
      assert.notEqual(second.runId, first.runId);
      assert.equal(await second.result(), 'charged gone 0');
    });
    assert.equal(await world.effects.count('charge gone'), 1);
  });

  describe('the same key with other arguments', () => {
    const mismatch = (error: unknown) => {
      assert.ok(error instanceof FingerprintMismatchError, String(error));
      assert.match(error.key, /^1\/default\/global\/charge\//);
      assert.notEqual(error.recorded, error.given);
      assert.doesNotMatch(error.message, /cents|4711/);
      return true;
    };

    it('is refused when the first is over', async () => {
      await world.during({ activities: { charge } }, async (queue) => {
        await client.activity.execute('charge', options(queue, [{ id: 'm1', cents: 1 }]));
        await assert.rejects(
          client.activity.start('charge', options(queue, [{ id: 'm1', cents: 4711 }])),
          mismatch,
        );
      });
    });

    it('is refused while the first runs, or nobody has taken it up yet', async () => {
      const nobody = randomId('nobody');
      const first = await client.activity.start('charge', options(nobody, [{ id: 'm2', cents: 1 }]));
      await assert.rejects(
        client.activity.start('charge', options(nobody, [{ id: 'm2', cents: 4711 }])),
        mismatch,
      );
      const same = await client.activity.start('charge', options(nobody, [{ id: 'm2', cents: 1 }]));
      assert.equal(same.runId, first.runId);
      await first.terminate('over');
    });

    it('is accepted where the fingerprint says that they do not count', async () => {
      const nobody = randomId('nobody');
      for (const [id, fingerprint] of [
        ['m3', false],
        ['m4', (order: Order) => order.id],
      ] as const) {
        const policy = { ...byId, fingerprint };
        const start = (cents: number) =>
          client.activity.start('charge', options(nobody, [{ id, cents }], { idempotency: policy }));
        const [first, second] = [await start(1), await start(4711)];
        assert.equal(second.runId, first.runId);
        await first.terminate('over');
      }
    });

    it('compares what the converter delivers', async () => {
      const nobody = randomId('nobody');
      const start = (when: unknown) =>
        client.activity.start('charge', options(nobody, [{ id: 'm5', when, not: undefined }]));
      const first = await start(new Date(5));
      assert.equal((await start(new Date(5))).runId, first.runId);
      assert.equal((await start('1970-01-01T00:00:00.005Z')).runId, first.runId);
      await assert.rejects(start(new Date(6)), mismatch);
      await first.terminate('over');
    });
  });

  it('a failed run frees the id, and the record decides', async () => {
    let runs = 0;
    const flaky = async () => {
      if (++runs === 1) throw ApplicationFailure.create({ message: 'no', nonRetryable: false });
      return runs;
    };
    await world.during({ activities: { flaky } }, async (queue) => {
      const once = () =>
        client.activity.execute(
          'flaky',
          options(queue, [], { idempotency: { key: 'f' }, retry: { maximumAttempts: 1 } }),
        );
      await failureOf(once());
      assert.equal(await once(), 2);
      assert.equal(await once(), 2);
    });
  });

  it('everything contradictory or impossible is refused, typed, before the server is asked', async () => {
    const refuse = async (
      more: Record<string, unknown>,
      check: (error: unknown) => boolean,
      order: unknown = { id: 'r' },
    ) => {
      const given = options('no-queue', [order], more) as ActivityOptions;
      await assert.rejects(client.activity.start('charge', given), check);
    };
    const option = (name: string) => (error: unknown) =>
      error instanceof InvalidOptionError && error.option === name;
    const key = (part: string) => (error: unknown) => error instanceof InvalidKeyError && error.part === part;
    await refuse({ id: 'mine' }, option('id'));
    await refuse({ idReusePolicy: 'ALLOW_DUPLICATE' }, option('idReusePolicy'));
    await refuse({ idConflictPolicy: 'FAIL' }, option('idConflictPolicy'));
    await refuse({ idempotency: { ...byId, kye: 1 } }, option('idempotency.kye'));
    await refuse({ idempotency: { ...byId, preflight: true } }, option('idempotency.preflight'));
    await refuse({ idempotency: { ...byId, scope: 'workflow' } }, key('scope'));
    await refuse({ idempotency: { scope: 'execution' } }, key('scope'));
    await refuse({}, key('key'), { id: 'x'.repeat(990) });
    // 1,000 bytes are what a server takes, whatever the characters.
    await refuse({}, key('key'), { id: 'ü'.repeat(494) });
    const longest = { id: 'ü'.repeat(493) };
    const handle = await client.activity.start('charge', options(randomId('nobody'), [longest]));
    assert.equal(Buffer.byteLength(handle.activityId), 1_000);
    await handle.terminate('over');
    const { idempotency: _idempotency, ...plain } = options(randomId('nobody'), [{}]);
    await assert.rejects(world.client.activity.start('charge', { ...plain, id: 'ü'.repeat(501) }));
  });

  it('every value is a key, falsy and odd ones too', async () => {
    const nobody = randomId('nobody');
    const keys = [
      0,
      '',
      false,
      null,
      undefined,
      [],
      '0',
      'a/b',
      '~',
      '=',
      '#x',
      'ü\u0000\ud800',
      '%',
      { b: 1, a: 2 },
    ];
    const ids = new Set<string>();
    for (const key of keys) {
      const start = () => client.activity.start('odd', options(nobody, [], { idempotency: { key } }));
      const [first, second] = [await start(), await start()];
      assert.equal(second.runId, first.runId, `key ${JSON.stringify(key)}`);
      assert.equal(first.activityId, world.plugin().activityId({ type: 'odd', key }));
      ids.add(first.activityId);
      await first.terminate('over');
    }
    assert.equal(ids.size, keys.length);
  });

  it('hashed keys are not readable in the id, and are those of workflow calls', async () => {
    const secret = 'a secret of some length';
    const plugin = () => world.plugin({ hashKeys: true, secret });
    const hashing = new Client({ connection: world.client.connection, plugins: [plugin()] });
    await world.during({ activities: { charge }, plugins: [plugin()] }, async (queue) => {
      const handle = await hashing.activity.start('charge', options(queue, [{ id: 'hidden-h' }]));
      assert.match(handle.activityId, /^global\/charge\/~[\w-]{43}$/);
      assert.equal(handle.activityId, plugin().activityId({ type: 'charge', key: 'hidden-h' }));
      await handle.result();
      const { rawInfo } = (await handle.describe()) as { rawInfo: object };
      assert.doesNotMatch(JSON.stringify(rawInfo), /hidden-h/);
      const again = world.execute('call', queue, [
        'charge',
        [{ id: 'hidden-h' }],
        { idempotency: { key: 'hidden-h', hashKeys: true } },
      ]);
      assert.equal(await again, 'charged hidden-h 0');
    });
    assert.equal(await world.effects.count('charge hidden-h'), 1);
  });

  it('with an encrypting codec: compared in the clear, kept encrypted', async () => {
    const dataConverter = { payloadCodecs: [new BoundEncryption()] };
    const sealed = new Client({
      connection: world.client.connection,
      dataConverter,
      plugins: [world.plugin()],
    });
    await world.during({ activities: { charge }, dataConverter }, async (queue) => {
      const start = (cents: number) =>
        sealed.activity.start('charge', options(queue, [{ id: 'enc', cents }]));
      const first = await start(1);
      const second = await start(1);
      assert.equal(second.runId, first.runId);
      assert.equal(await second.result(), 'charged enc 1');
      await assert.rejects(start(2), FingerprintMismatchError);
    });
    assert.equal(await world.effects.count('charge enc'), 1);
  });

  it('interceptors of the user see the results of duplicates too', async () => {
    const seen: string[] = [];
    const watched = new Client({
      connection: world.client.connection,
      plugins: [world.plugin()],
      interceptors: {
        activity: [
          {
            getResult: (input, next) => {
              seen.push(input.activityId);
              return next(input);
            },
          },
        ],
      },
    });
    const gate = new Gate();
    const held = () => gate.opened;
    await world.during({ activities: { held } }, async (queue) => {
      const start = () => watched.activity.start('held', options(queue, [], { idempotency: { key: 'g' } }));
      const handles = [await start(), await start()];
      gate.open();
      for (const handle of handles) await handle.result();
    });
    assert.deepEqual(seen, ['global/held/g', 'global/held/g']);
  });

  it('without `idempotency` nothing changes', async () => {
    await world.during({ activities: { charge } }, async (queue) => {
      const id = randomId('plain');
      const { idempotency: _idempotency, ...plain } = options(queue, [{ id: 'p' }], { id });
      const handle = await client.activity.start('charge', plain);
      assert.equal(handle.activityId, id);
      assert.equal(await handle.result(), 'charged p 0');
    });
  });
});
