import type { Pool } from 'pg';
import { OperationRunningError, type Idempotency } from '../../src';
import { assert } from '../helpers/assert';
import { TestProcess } from '../helpers/processes';
import { need, openPool } from '../helpers/services';
import { seeded } from '../stores/subject';
import { gate, newName, Services } from './open';

const PROCESSES = 6;
const ROUNDS = 12;

describe('[locks] between processes', () => {
  const services = new Services();
  const { schema, prefix } = services;
  let once: Idempotency;
  let pool: Pool;
  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
    once = await services.connect({ redis: undefined, leaseMs: 1_000, waitTimeout: '10s' });
    pool = openPool();
  });
  after(async () => {
    await pool?.end();
    await services.close();
  });

  it(`${PROCESSES} processes, ${ROUNDS} rounds each: a number that only the lock protects loses no step`, async () => {
    const { seed, next } = seeded();
    console.log(`      seed ${seed}`);
    await pool.query(`CREATE TABLE "${schema}".unprotected AS SELECT 0 AS value`);
    await pool.query(`CREATE TABLE "${schema}".holders (id bigserial PRIMARY KEY, fence bigint NOT NULL)`);
    const children = Array.from({ length: PROCESSES }, () =>
      TestProcess.start('locker', {
        schema,
        prefix,
        rounds: ROUNDS,
        pauses: Array.from({ length: 7 }, () => next(6)),
      }),
    );
    await Promise.all(children.map((child) => child.next('ready')));
    children.forEach((child) => child.say({ is: 'go' }));
    await Promise.all(children.map((child) => child.next('done', 50_000)));
    for (const child of children) assert.deepEqual(await child.exited, { code: 0, signal: null });
    const { rows } = await pool.query<{ value: number }>(`SELECT value FROM "${schema}".unprotected`);
    assert.equal(rows[0]?.value, PROCESSES * ROUNDS, `seed ${seed}`);
    const holders = await pool.query<{ fence: string }>(`SELECT fence FROM "${schema}".holders ORDER BY id`);
    const fences = holders.rows.map(({ fence }) => BigInt(fence));
    assert.ok(
      fences.every((fence, at) => at === 0 || fence > (fences[at - 1] as bigint)),
      'fences grow in order of holding',
    );
  });

  it('others: a lock does not outlive SIGKILL: it is free after the lease, not before', async () => {
    const name = newName('lock');
    const holder = TestProcess.start('holder', { schema, name, as: 'lock' });
    const { fence } = await holder.next('held');
    await holder.kill();
    const killedAt = performance.now();
    const mine = await once.lock(name, {}, (claim) => claim);
    const waitedMs = performance.now() - killedAt;
    assert.ok(mine.fence > BigInt(fence as string));
    assert.ok(waitedMs < 2_500, `${waitedMs} ms`);
    assert.equal(mine.attempt, 2, 'declared: a holder vanished');
  });

  it('others: a stopped holder loses its lock, and its late release does not touch the next holder’s', async () => {
    const name = newName('lock');
    const holder = TestProcess.start('holder', { schema, name, as: 'lock' });
    await holder.next('held');
    holder.signal('SIGSTOP');
    const [held, end] = [gate(), gate()];
    const heir = once.lock(name, {}, async () => {
      held.open();
      await end.opened;
    });
    await held.opened;
    holder.signal('SIGCONT');
    assert.equal((await holder.next('aborted'))['code'], 'STALE_CLAIM');
    holder.say({ is: 'let go' });
    await holder.next('ended');
    const other = await services.connect({ redis: undefined });
    await assert.rejects(
      other.lock(name, { whenHeld: 'fail' }, () => 'never'),
      OperationRunningError,
    );
    end.open();
    await heir;
    assert.deepEqual(await holder.exited, { code: 0, signal: null });
  });

  it('others: a lock in the hand does not outlive SIGKILL either', async () => {
    const name = newName('lock');
    const holder = TestProcess.start('holder', { schema, name, as: 'handle' });
    const { fence } = await holder.next('held');
    await assert.rejects(once.acquireLock(name, { whenHeld: 'fail' }), OperationRunningError);
    await holder.kill();
    const killedAt = performance.now();
    const mine = await once.acquireLock(name);
    const waitedMs = performance.now() - killedAt;
    assert.ok(mine.fence > BigInt(fence as string));
    assert.ok(waitedMs < 2_500, `${waitedMs} ms`);
    assert.equal(await mine.release(), true);
  });

  it('others: a stopped holder by hand is told, and its late release says that it was lost', async () => {
    const name = newName('lock');
    const holder = TestProcess.start('holder', { schema, name, as: 'handle' });
    await holder.next('held');
    holder.signal('SIGSTOP');
    const mine = await once.acquireLock(name);
    holder.signal('SIGCONT');
    assert.equal((await holder.next('aborted'))['code'], 'STALE_CLAIM');
    holder.say({ is: 'let go' });
    assert.equal((await holder.next('ended'))['value'], 'lost');
    const other = await services.connect({ redis: undefined });
    await assert.rejects(other.acquireLock(name, { whenHeld: 'fail' }), OperationRunningError);
    assert.equal(await mine.release(), true);
    assert.deepEqual(await holder.exited, { code: 0, signal: null });
  });

  it('a stopped holder of an operation can not complete it: the heir’s outcome stands', async () => {
    const name = newName();
    const holder = TestProcess.start('holder', { schema, name, as: 'run' });
    await holder.next('held');
    holder.signal('SIGSTOP');
    const operation = { type: 'held', key: name };
    assert.equal(await once.run(operation, () => 'from the heir'), 'from the heir');
    holder.signal('SIGCONT');
    holder.say({ is: 'let go' });
    assert.equal((await holder.next('ended'))['code'], 'STALE_CLAIM');
    assert.equal(await once.run(operation, () => 'never'), 'from the heir');
    await holder.exited;
  });

  it('a killed holder of an operation: the heir runs it as attempt 2', async () => {
    const name = newName();
    const holder = TestProcess.start('holder', { schema, name, as: 'run' });
    await holder.next('held');
    await holder.kill();
    assert.equal(await once.run({ type: 'held', key: name }, ({ attempt }) => attempt), 2);
    const { counts } = await once.stats();
    assert.ok(counts.some(({ type, path }) => type === 'held' && path === 'unknown_rerun'));
  });
});
