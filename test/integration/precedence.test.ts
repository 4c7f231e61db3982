import { assert } from '../helpers/assert';
import { idempotent, type IdempotencyPolicy, type OncePluginOptions } from '../../src';
import { losesFirstReport } from './support/lost-report';
import { World } from './support/world';

describe('[integration] which policy holds', () => {
  let world: World;
  before(async () => (world = await World.open()));
  after(() => world.close());

  /** Runs the activity under two workflow ids, each losing its first report. @returns how often the body ran. */
  async function runs(
    name: string,
    plugin: Partial<OncePluginOptions>,
    given: { declared?: IdempotencyPolicy; call?: IdempotencyPolicy } = {},
  ): Promise<number> {
    const body = async (): Promise<void> => world.effects.add(name);
    const activities = { [name]: given.declared === undefined ? body : idempotent(given.declared, body) };
    const options = given.call === undefined ? {} : { idempotency: given.call };
    await world.during(
      { activities, plugins: [world.plugin(plugin)], interceptors: { activity: [losesFirstReport()] } },
      async (queue) => {
        const once = () => world.execute('call', queue, [name, [], options]);
        await Promise.all([once(), once()]);
      },
    );
    return world.effects.count(name);
  }

  it('a plain activity is protected across its own attempts, and collapsed with nothing else', async () => {
    assert.equal(await runs('plain', {}), 2);
  });

  it('`default: false` leaves plain activities alone', async () => {
    assert.equal(await runs('unprotected', { default: false }), 4);
  });

  it('`activities: { x: false }` leaves x alone', async () => {
    assert.equal(await runs('excluded', { activities: { excluded: false } }), 4);
  });

  it('`default: false` and `activities: { x: false }` yield to idempotent() and to the call', async () => {
    assert.equal(await runs('declared', { default: false }, { declared: { key: 'k' } }), 1);
    assert.equal(
      await runs('asked', { default: false, activities: { asked: false } }, { call: { key: 'k' } }),
      1,
    );
  });

  it('a policy by type beats the default', async () => {
    const plugin = { default: { scope: 'execution' }, activities: { typed: { scope: 'global' } } } as const;
    assert.equal(await runs('typed', plugin), 1);
  });

  it('idempotent() beats the policy by type, the call beats both, field by field', async () => {
    const ttls = {
      default: { ttl: '1h' },
      activities: { layered: { ttl: '2h', key: 'of the type', scope: 'global' } },
    } as const;
    await runs('layered', ttls, { declared: { key: 'of the function' }, call: { ttl: '3h' } });
    const { rows } = await world.pool.query<{ key: string; hours: number }>(
      `SELECT key, extract(epoch FROM ends_at - settled_at) / 3600 AS hours FROM ${world.schema}.records WHERE type = 'layered'`,
    );
    assert.equal(rows.length, 1);
    assert.match(rows[0]?.key ?? '', /of.the.function|of%20the%20function/);
    assert.equal(Math.round(Number(rows[0]?.hours)), 3);
  });

  it('executeWithOptions sets it per call', async () => {
    const ring = async (bell: string): Promise<void> => world.effects.add('ring', bell);
    await world.during({ activities: { ring } }, async (queue) => {
      await world.execute('ringPerCall', queue, ['front', 'k1']);
      await world.execute('ringPerCall', queue, ['front', 'k1']);
      await world.execute('ringPerCall', queue, ['front', 'k2']);
    });
    assert.equal(await world.effects.count('ring'), 2);
  });
});
