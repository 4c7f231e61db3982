import { assert } from '../helpers/assert';
import { deriveKey, FAILURE_TYPES, UnknownOutcomeError } from '../../src';
import { Children } from './support/children';
import { failureOf } from './support/failures';
import { REDIS_URL, World } from './support/world';

const BRIEF = { startToCloseTimeout: '4s', retry: { initialInterval: '50ms' } };

describe('[integration] a worker killed with SIGKILL', () => {
  let world: World;
  let children: Children;

  before(async () => {
    world = await World.open();
    children = new Children(world, { respawn: true });
    await children.spawn();
  });
  after(async () => {
    await children.stop();
    await world.close();
  });

  it('others: after the record, before the report: the next attempt replays', async () => {
    const result = await world.execute('call', children.taskQueue, ['dieAfterRecord', ['r1'], BRIEF]);
    assert.equal(result, 'recorded r1');
    assert.equal(await world.effects.count('dieAfterRecord r1'), 1);
    assert.equal(await world.effects.count('died r1'), 1);
    assert.equal(children.kills, 1);
  });

  it('in the body: the next start takes over at once and says that the outcome was unknown', async () => {
    const options = { ...BRIEF, idempotency: { key: 'body-1', category: 'critical' } };
    const beganAt = performance.now();
    const result = await world.execute('call', children.taskQueue, ['dieInBody', ['b1'], options]);
    const tookMs = performance.now() - beganAt;
    assert.equal(result, 'survived as 2');
    assert.ok(tookMs < 25_000, `took ${tookMs} ms: it waited for the lease of 30 s`);
    const claims = (await world.effects.notes('dieInBody b1')).map(
      (note) => JSON.parse(note) as { key: string; attempt: number; fence: string },
    );
    assert.deepEqual(
      claims.map(({ attempt }) => attempt),
      [1, 2],
    );
    assert.equal(claims[0]?.key, claims[1]?.key);
    assert.ok(BigInt(claims[1]?.fence ?? 0) > BigInt(claims[0]?.fence ?? 0));
  });

  it('in the body, with onUnknownOutcome fail: nobody runs it again, until an operator clears the key', async () => {
    const options = { ...BRIEF, idempotency: { key: 'body-2', onUnknownOutcome: 'fail' } };
    const failed = async (): Promise<void> => {
      const failure = await failureOf(
        world.execute('call', children.taskQueue, ['dieInBody', ['b2'], options]),
      );
      assert.equal(failure.type, FAILURE_TYPES.unknownOutcome);
      assert.equal(failure.nonRetryable, true);
      assert.equal((failure.details?.[0] as { reason: string }).reason, 'own-newer-start');
    };
    await failed();
    await failed();
    assert.equal(await world.effects.count('dieInBody b2'), 1);
    // As the workers have it: a clear must reach their cache.
    const service = await world.service({ redis: REDIS_URL });
    const operation = { type: 'dieInBody', key: 'body-2' };
    const found = await service.lookup(operation);
    assert.ok(found?.error instanceof UnknownOutcomeError);
    assert.ok(found.remainingMs > 3_500_000, 'for as long as a result would have stood');
    await service.clear(operation);
    await service.close();
    const result = await world.execute('call', children.taskQueue, ['dieInBody', ['b2'], options]);
    assert.equal(result, 'survived as 1');
  });

  it('in the body, with a function: it is asked until it answers, and its answer is the outcome', async () => {
    const ask = () => world.execute('call', children.taskQueue, ['dieAndAsk', ['a1'], BRIEF]);
    assert.equal(await ask(), 'known of a1');
    assert.equal(await ask(), 'known of a1');
    assert.equal(await world.effects.count('dieAndAsk a1'), 1);
    const asked = (await world.effects.notes('asked about a1')).map((note) => JSON.parse(note) as object);
    const key = deriveKey({ type: 'dieAndAsk', key: 'a1' });
    assert.deepEqual(asked, [
      { key, reason: 'own-newer-start', attempt: '1' },
      // The attempt whose question failed held the claim, and released nothing.
      { key, reason: 'own-newer-start', attempt: '2' },
    ]);
  });

  it('counts the unknown outcomes', async () => {
    const end = performance.now() + 20_000;
    let counted = await world.counted();
    while (Object.keys(counted).filter((path) => path.startsWith('unknown_')).length < 3) {
      if (performance.now() > end) break;
      await new Promise((resolve) => setTimeout(resolve, 200));
      counted = await world.counted();
    }
    const { unknown_rerun, unknown_failed, unknown_reconciled } = counted;
    assert.deepEqual([unknown_rerun, unknown_failed, unknown_reconciled], [1, 1, 1]);
  });
});
