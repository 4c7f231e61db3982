import { setTimeout as sleep } from 'node:timers/promises';
import { FingerprintMismatchError, type Idempotency } from '../../src';
import { assert } from '../helpers/assert';
import { TestProcess } from '../helpers/processes';
import { need, openPool, until } from '../helpers/services';
import { counted, FRONTS, gate, newName, Services } from './open';

for (const [front, options] of Object.entries(FRONTS)) {
  describe(`[duplicates] service, ${front}`, () => {
    const services = new Services();
    let first: Idempotency;
    let second: Idempotency;
    before(async function () {
      need(this, 'DATABASE_URL', 'REDIS_URL');
      first = await services.connect({ ...options, maxWaiters: 2_000 });
      second = await services.connect({ ...options, maxWaiters: 2_000 });
    });
    after(() => services.close());

    it('a duplicate gets the first outcome, here and in another process; the body runs once', async () => {
      const operation = { type: 'charge', key: newName(), args: [{ amount: 5 }] };
      const { body, runs } = counted({ id: 'c-1', amount: 5 });
      const results = [await first.run(operation, body)];
      for (const service of [first, second, first, second]) results.push(await service.run(operation, body));
      assert.equal(runs(), 1);
      for (const result of results) assert.deepEqual(result, { id: 'c-1', amount: 5 });
    });

    it('counts say through which door the duplicates were answered', async () => {
      const operation = { type: newName('counted'), key: 'k' };
      await first.run(operation, () => 1);
      await sleep(50);
      await second.run(operation, () => 2);
      const { counts } = await second.stats();
      await first.stats();
      const mine = (await first.stats()).counts.filter(({ type }) => type === operation.type);
      assert.ok(counts.length > 0);
      assert.deepEqual(
        mine.map(({ door, path, count }) => [door, path, count]).sort(),
        [
          ['service', 'first', 1],
          ['service', options.redis === undefined && 'redis' in options ? 'postgres' : 'redis', 1],
        ].sort(),
      );
    });

    const falsy: readonly unknown[] = [0, '', false, null, undefined, [], {}];
    for (const value of falsy) {
      it(`falsy is a value (G10): ${JSON.stringify(value) ?? 'undefined'} replays as itself`, async () => {
        const operation = { type: 'falsy', key: newName() };
        const { body, runs } = counted(value);
        assert.deepEqual(await first.run(operation, body), value);
        for (const service of [first, second]) assert.deepEqual(await service.run(operation, body), value);
        assert.equal(runs(), 1);
      });
    }

    it('falsy keys are keys of their own: 0, "", false, null', async () => {
      const type = newName('falsy-key');
      const keys: readonly unknown[] = [0, '', false, null, '0', 'false'];
      for (const key of keys)
        assert.equal(await first.run({ type, key }, () => JSON.stringify(key)), JSON.stringify(key));
      for (const key of keys)
        assert.equal(await second.run({ type, key }, () => 'again'), JSON.stringify(key));
    });

    it('the same key with other arguments is refused on the fast and the slow path (G11), both digests named', async () => {
      const key = newName();
      await first.run({ type: 'charge', key, args: [{ amount: 1 }] }, () => 'done');
      await sleep(50);
      for (const service of [first, second]) {
        const { body, runs } = counted('never');
        await assert.rejects(service.run({ type: 'charge', key, args: [{ amount: 2 }] }, body), (error) => {
          assert.ok(error instanceof FingerprintMismatchError);
          assert.notEqual(error.recorded, error.given);
          assert.ok(error.message.includes(error.recorded) && error.message.includes(error.given));
          return true;
        });
        assert.equal(runs(), 0);
      }
    });

    it('the same key with other arguments is refused while the first one runs, here and elsewhere (G11)', async () => {
      const key = newName();
      const held = gate();
      const running = first.run({ type: 'charge', key, args: [1] }, () => held.opened.then(() => 'done'));
      await until(async () => (await first.lookup({ type: 'charge', key }))?.state === 'running');
      for (const service of [first, second]) {
        await assert.rejects(
          service.run({ type: 'charge', key, args: [2] }, () => 'never'),
          FingerprintMismatchError,
        );
      }
      held.open();
      assert.equal(await running, 'done');
    });

    it('the same key with other arguments is refused at a cached error (G11)', async () => {
      const key = newName();
      const operation = { type: 'charge', key, cacheErrors: ['TypeError'] };
      await assert.rejects(
        first.run({ ...operation, args: [1] }, () => {
          throw new TypeError('no');
        }),
      );
      await sleep(50);
      for (const service of [first, second]) {
        await assert.rejects(
          service.run({ ...operation, args: [2] }, () => 'never'),
          FingerprintMismatchError,
        );
      }
    });

    it('fingerprint: false compares nothing; a function chooses what counts', async () => {
      const [loose, chosen] = [newName(), newName()];
      await first.run({ type: 't', key: loose, args: [1], fingerprint: false }, () => 'one');
      assert.equal(
        await second.run({ type: 't', key: loose, args: [2], fingerprint: false }, () => 'two'),
        'one',
      );
      const fingerprint = (order: unknown): unknown => (order as { amount: number }).amount;
      const ask = (service: Idempotency, amount: number, at: number) =>
        service.run({ type: 't', key: chosen, args: [{ amount, at }], fingerprint }, () => at);
      assert.equal(await ask(first, 5, 1), 1);
      assert.equal(await ask(second, 5, 2), 1);
      await assert.rejects(ask(second, 6, 3), FingerprintMismatchError);
    });

    it('others: {a,A} and {A,a} are one key, NaN and null are two (canonical forms)', async () => {
      const type = newName('canonical');
      assert.equal(await first.run({ type, args: [{ a: 1, A: 2 }] }, () => 'one'), 'one');
      assert.equal(await second.run({ type, args: [{ A: 2, a: 1 }] }, () => 'two'), 'one');
      assert.equal(await second.run({ type, args: [{ A: 1, a: 2 }] }, () => 'three'), 'three');
      assert.equal(await first.run({ type, key: NaN }, () => 'four'), 'four');
      assert.equal(await second.run({ type, key: null }, () => 'five'), 'five');
    });

    it('a storm of 1,000 callers of one key runs the body once', async () => {
      const operation = { type: 'storm', key: newName() };
      let runs = 0;
      const body = async (): Promise<number> => {
        await sleep(50);
        return ++runs;
      };
      const results = await Promise.all(
        Array.from({ length: 1_000 }, (_, at) => (at % 2 === 0 ? first : second).run(operation, body)),
      );
      assert.equal(runs, 1);
      assert.deepEqual(new Set(results), new Set([1]));
    });

    it('a new outcome after the retention has ended', async () => {
      const operation = { type: 'short', key: newName(), ttl: 1_000 };
      assert.equal(await first.run(operation, () => 'one'), 'one');
      assert.equal(await second.run(operation, () => 'two'), 'one');
      await sleep(1_050);
      assert.equal(await second.run(operation, () => 'two'), 'two');
      assert.equal(await first.run(operation, () => 'three'), 'two');
    });

    it('clear frees a key everywhere at once', async () => {
      const operation = { type: 'cleared', key: newName() };
      await first.run(operation, () => 'one');
      await sleep(50);
      const report = await second.clear(operation);
      assert.equal(report.previous, 'completed');
      assert.notEqual(report.cache, 'missed');
      assert.equal(await first.run(operation, () => 'two'), 'two');
      assert.equal(await second.run(operation, () => 'three'), 'two');
    });
  });
}

describe('[duplicates] service, storm of processes', () => {
  const services = new Services();
  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
    await services.connect();
  });
  after(() => services.close());

  it('1,000 callers in each of 4 processes run the body once', async () => {
    const { schema, prefix } = services;
    const pool = openPool();
    await pool.query(`CREATE TABLE "${schema}".effects (at timestamptz NOT NULL DEFAULT clock_timestamp())`);
    const children = Array.from({ length: 4 }, () =>
      TestProcess.start('storm', { schema, prefix, callers: 1_000 }),
    );
    await Promise.all(children.map((child) => child.next('ready')));
    children.forEach((child) => child.say({ is: 'go' }));
    const ends = await Promise.all(children.map((child) => child.next('done')));
    for (const { answers } of ends) assert.deepEqual(answers, ['the only result']);
    const { rows } = await pool.query(`SELECT count(*)::int AS effects FROM "${schema}".effects`);
    assert.deepEqual(rows, [{ effects: 1 }]);
    for (const child of children) assert.deepEqual(await child.exited, { code: 0, signal: null });
    await pool.end();
  });

  it('1,000 callers of a failing key, in 4 processes, run the body once per retention of errors', async () => {
    const { schema, prefix } = services;
    const pool = openPool();
    await pool.query(`CREATE TABLE "${schema}".failures (at timestamptz NOT NULL DEFAULT clock_timestamp())`);
    const errorTtlMs = 8_000;
    const children = Array.from({ length: 4 }, () =>
      TestProcess.start('failing-storm', { schema, prefix, callers: 250, errorTtl: `${errorTtlMs}ms` }),
    );
    await Promise.all(children.map((child) => child.next('ready')));
    for (let round = 1; round <= 2; round++) {
      children.forEach((child) => child.say({ is: 'go' }));
      const ends = await Promise.all(children.map((child) => child.next('done')));
      for (const { answers } of ends) assert.deepEqual(answers, ['ProviderDown']);
      const { rows } = await pool.query(`SELECT count(*)::int AS failures FROM "${schema}".failures`);
      assert.deepEqual(rows, [{ failures: round }]);
      // Whose body ran is told what the body said, and asks once more; nobody else does.
      const attempts = ends.reduce((sum, end) => sum + (end['attempts'] as number), 0);
      assert.equal(attempts, 1_001);
      if (round === 1) await sleep(errorTtlMs);
    }
    for (const child of children) assert.deepEqual(await child.exited, { code: 0, signal: null });
    await pool.end();
  });
});
