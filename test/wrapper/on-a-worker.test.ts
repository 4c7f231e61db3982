import { assert } from '../helpers/assert';
import { currentClaim, deriveKey, idempotent, idempotentActivities, type CurrentClaim } from '../../src';
import { failureOf } from '../integration/support/failures';
import { World } from '../integration/support/world';

describe('[wrapper] on a worker', () => {
  let world: World;
  before(async () => (world = await World.open()));
  after(() => world.close());

  const claims: Pick<CurrentClaim, 'key' | 'attempt' | 'fence'>[] = [];

  class Desk {
    constructor(private readonly name: string) {}

    @idempotent({ key: (id: string) => id })
    async ticket(id: string): Promise<string> {
      const { key, attempt, fence } = currentClaim();
      claims.push({ key, attempt, fence });
      await world.effects.add('ticket', id);
      return `${id} by ${this.name}`;
    }

    async note(text: string): Promise<string> {
      await world.effects.add('note', text);
      return text;
    }
  }

  it('a class instance with a decorated method and a plain one, under one policy', async () => {
    const activities = idempotentActivities({ scope: 'global' }, new Desk('front desk'));
    await world.during({ activities }, async (queue) => {
      const call = (name: string, text: string) => world.execute('call', queue, [name, [text]]);
      assert.deepEqual(await Promise.all([call('ticket', 't1'), call('ticket', 't1')]), [
        't1 by front desk',
        't1 by front desk',
      ]);
      assert.deepEqual(
        [await call('note', 'n1'), await call('note', 'n1'), await call('note', 'n2')],
        ['n1', 'n1', 'n2'],
      );
    });
    assert.deepEqual(await world.effects.notes('ticket'), ['t1']);
    assert.deepEqual(await world.effects.notes('note'), ['n1', 'n2']);
  });

  it('currentClaim() tells the key, as deriveKey computes it, the run and the fence', () => {
    assert.equal(claims.length, 1);
    assert.equal(claims[0]?.key, deriveKey({ type: 'ticket', key: 't1' }));
    assert.equal(claims[0]?.attempt, 1);
    assert.ok((claims[0]?.fence ?? 0n) > 0n);
  });

  it('setRetention() in the body decides how long the outcome answers', async () => {
    const brief = idempotent({ key: 'brief', ttl: '9h' }, async () => {
      currentClaim().setRetention('10m');
      return 'ok';
    });
    await world.during({ activities: { brief } }, (queue) => world.execute('call', queue, ['brief', []]));
    const { rows } = await world.pool.query<{ minutes: string }>(
      `SELECT extract(epoch FROM ends_at - settled_at) / 60 AS minutes FROM ${world.schema}.records WHERE type = 'brief'`,
    );
    assert.equal(Math.round(Number(rows[0]?.minutes)), 10);
  });

  it('a declared activity without the plugin fails instead of running unprotected', async () => {
    const lonely = idempotent({ key: 'k' }, async () => world.effects.add('lonely'));
    await world.during({ activities: { lonely }, plugins: [] }, async (queue) => {
      const failure = await failureOf(
        world.execute('call', queue, ['lonely', [], { retry: { maximumAttempts: 1 } }]),
      );
      assert.match(failure.message, /without OncePlugin/);
    });
    assert.equal(await world.effects.count('lonely'), 0);
  });

  it('a declared function that another calls directly runs under the claim of its caller', async () => {
    const inner = idempotent({ key: 'inner' }, async () => currentClaim().key);
    const outer = idempotent({ key: 'outer' }, async () => [await inner(), currentClaim().key]);
    await world.during({ activities: { outer, inner } }, async (queue) => {
      const [seen, own] = await world.execute<[string, string]>('call', queue, ['outer', []]);
      assert.equal(own, deriveKey({ type: 'outer', key: 'outer' }));
      assert.equal(seen, own);
    });
  });
});
