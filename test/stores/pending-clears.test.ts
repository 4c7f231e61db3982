import type { Outcome } from '../../src/stores/store';
import { assert } from '../helpers/assert';
import { TestProcess } from '../helpers/processes';
import { need, openPool, startRedis, until, type PrivateService } from '../helpers/services';
import { openTieredSubject, type TieredSubject } from './open';
import { ending, mustClaim, mustSettle, newKey, request, type Held } from './subject';

describe('[faults] clears while Redis is away (G5)', () => {
  let server: PrivateService;
  let subject: TieredSubject;
  before(async function () {
    need(this, 'DATABASE_URL', 'ONCE_REDIS_SERVER_BIN');
    server = await startRedis();
  });
  after(() => server?.stop());
  beforeEach(async () => (subject = await openTieredSubject({ url: server.url, timeoutMs: 250 })));
  afterEach(async () => {
    server.signal('SIGCONT');
    await subject?.close();
  });

  /** Completed, and answered by Redis. */
  async function cached(key: string): Promise<Held> {
    const held = await mustClaim(subject.store, request(key));
    await mustSettle(subject.store, ending(held));
    await until(async () => (await peek(key)) !== undefined);
    return held;
  }
  const peek = async (key: string): Promise<Outcome | undefined> => subject.others[0]?.peek?.(key);
  const pending = async (): Promise<{ key: string; fence: string; placed: boolean }[]> =>
    (
      await subject.pool.query<{ key: string; fence: string; placed: boolean }>(
        `SELECT key, fence, placed FROM "${subject.schema}".invalidations ORDER BY key`,
      )
    ).rows;
  const replayedCount = async (): Promise<number> =>
    (await subject.store.readCounts(60)).find(({ path }) => path === 'invalidations_replayed')?.count ?? 0;

  it('says pending; upkeep finishes it when Redis is back, and counts it', async () => {
    const key = newKey();
    await cached(key);
    server.signal('SIGSTOP');
    const report = await subject.store.clear(key);
    assert.deepEqual([report.cache, report.pending], ['missed', true]);
    assert.deepEqual(await pending(), [{ key, fence: report.fence.toString(), placed: false }]);
    const { upkeep } = subject.store;
    assert.deepEqual(await upkeep.replayInvalidations(), { replayed: 0, pending: 1 });
    server.signal('SIGCONT');
    await until(async () => (await upkeep.replayInvalidations()).pending === 0);
    assert.equal(await peek(key), undefined);
    assert.equal(await replayedCount(), 1);
    assert.equal(await upkeep.trim(1_000_000), 1);
    assert.deepEqual(await pending(), []);
  });

  it('a Redis that was not told answers the old outcome until the replay, and not after', async () => {
    const key = newKey();
    const held = await cached(key);
    const report = await subject.store.truth.clear(key, subject.prefix);
    assert.equal((await peek(key))?.fence, held.fence, 'Redis was not told');
    const again = await mustClaim(subject.store, request(key));
    assert.ok(again.fence > report.fence);
    assert.deepEqual(await subject.store.upkeep.replayInvalidations(), { replayed: 1, pending: 0 });
    assert.equal(await peek(key), undefined);
    await mustSettle(subject.store, ending(again));
    await until(async () => (await peek(key))?.fence === again.fence);
  });

  it('replay is fenced: it does not harm a newer outcome, nor a newer clear', async () => {
    const key = newKey();
    await cached(key);
    const first = await subject.store.truth.clear(key, subject.prefix);
    const again = await mustClaim(subject.store, request(key));
    await mustSettle(subject.store, ending(again));
    await until(async () => (await peek(key))?.fence === again.fence);
    assert.equal((await subject.store.upkeep.replayInvalidations()).replayed, 1);
    assert.equal((await peek(key))?.fence, again.fence, 'the newer outcome stays');
    const second = await subject.store.truth.clear(key, subject.prefix);
    await subject.store.truth.upkeep.invalidations.placed(subject.prefix, { key, fence: first.fence });
    assert.deepEqual(await pending(), [{ key, fence: second.fence.toString(), placed: false }]);
  });

  it('killed between the clear and the tombstone: the clear is pending, and finished by another process', async () => {
    const key = newKey();
    await cached(key);
    const { schema, prefix } = subject;
    const child = TestProcess.start('clearer', { schema, prefix, url: server.url, key });
    await child.next('ready');
    server.signal('SIGSTOP');
    child.say({ is: 'clear' });
    const pool = openPool({ max: 1 });
    await until(async () => (await pool.query(`SELECT 1 FROM "${schema}".invalidations`)).rows.length === 1);
    await pool.end();
    await child.kill();
    server.signal('SIGCONT');
    assert.deepEqual(
      (await pending()).map(({ placed }) => placed),
      [false],
    );
    assert.equal((await subject.store.upkeep.replayInvalidations()).replayed, 1);
    assert.equal(await peek(key), undefined);
  });

  it('the process that missed it tries again by itself', async () => {
    const key = newKey();
    await cached(key);
    server.signal('SIGSTOP');
    await subject.store.clear(key);
    server.signal('SIGCONT');
    await until(async () => {
      await subject.store.upkeep.look();
      return (await pending())[0]?.placed === true;
    });
    assert.equal(await peek(key), undefined);
  });

  it('a clear that reached Redis is done at once, and leaves nothing to replay', async () => {
    const key = newKey();
    await cached(key);
    const report = await subject.store.clear(key);
    assert.deepEqual([report.cache, report.pending], ['done', false]);
    await until(async () => (await pending())[0]?.placed === true);
    assert.deepEqual(await subject.store.upkeep.replayInvalidations(), { replayed: 0, pending: 0 });
    assert.equal(await replayedCount(), 0);
  });
});
