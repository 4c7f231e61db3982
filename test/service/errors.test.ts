import { ApplicationFailure, CancelledFailure, CompleteAsyncError, TimeoutFailure } from '@temporalio/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidOptionError, ResultNotKeptError, type Idempotency } from '../../src';
import { assert } from '../helpers/assert';
import { need } from '../helpers/services';
import { FRONTS, newName, Services } from './open';

for (const [front, options] of Object.entries(FRONTS)) {
  describe(`[duplicates] cached errors (G12), ${front}`, () => {
    const services = new Services();
    let first: Idempotency;
    let second: Idempotency;
    before(async function () {
      need(this, 'DATABASE_URL', 'REDIS_URL');
      first = await services.connect({ ...options, maxResultBytes: 10_000 });
      second = await services.connect({ ...options, maxResultBytes: 10_000 });
    });
    after(() => services.close());

    /** Runs a throwing body twice; how often it ran, and what the duplicate was told. */
    async function twice(error: unknown, policy: { cacheErrors?: string[]; errorTtl?: number } = {}) {
      const operation = { type: 'failing', key: newName(), ...policy };
      let runs = 0;
      const body = (): never => {
        runs++;
        throw error;
      };
      await assert.rejects(first.run(operation, body), (thrown) => thrown === error);
      await sleep(30);
      const told: unknown = await second.run(operation, body).catch((thrown: unknown) => thrown);
      return { runs: () => runs, told, operation, body };
    }

    it('a non-retryable failure is an outcome: type, details, cause and message are kept', async () => {
      const cause = new Error('the bank said no');
      const { runs, told } = await twice(
        ApplicationFailure.create({
          type: 'Declined',
          message: 'declined',
          nonRetryable: true,
          details: ['card', 0, null],
          cause,
        }),
      );
      assert.equal(runs(), 1);
      assert.ok(told instanceof ApplicationFailure);
      assert.deepEqual([told.type, told.message, told.nonRetryable], ['Declined', 'declined', true]);
      assert.deepEqual(told.details, ['card', 0, null]);
      assert.equal(told.cause?.message, 'the bank said no');
    });

    it('cacheErrors names types and error names that are outcomes too', async () => {
      const byType = await twice(ApplicationFailure.retryable('sold out', 'SoldOut'), {
        cacheErrors: ['SoldOut'],
      });
      assert.equal(byType.runs(), 1);
      assert.ok(byType.told instanceof ApplicationFailure && byType.told.type === 'SoldOut');
      const byName = await twice(new RangeError('too far'), { cacheErrors: ['RangeError'] });
      assert.equal(byName.runs(), 1);
      assert.ok(byName.told instanceof ApplicationFailure && byName.told.type === 'RangeError');
    });

    it('a cached error has its own, short retention', async () => {
      const failing = await twice(ApplicationFailure.nonRetryable('no', 'No'), { errorTtl: 1_000 });
      assert.equal(failing.runs(), 1);
      await sleep(1_050);
      await assert.rejects(second.run(failing.operation, failing.body));
      assert.equal(failing.runs(), 2);
    });

    const controlFlow: Readonly<Record<string, unknown>> = {
      'a plain error': new Error('boom'),
      'a retryable failure': ApplicationFailure.retryable('later', 'Later'),
      'a cancellation': new CancelledFailure('cancelled'),
      'a timeout': new TimeoutFailure('late', undefined, 'START_TO_CLOSE'),
      'a hand-over to async completion': new CompleteAsyncError(),
      'an abort': Object.assign(new Error('aborted'), { name: 'AbortError' }),
      'undefined, thrown': undefined,
      'a string, thrown': 'boom',
    };
    for (const [what, error] of Object.entries(controlFlow)) {
      it(`${what} is never recorded: the next call runs the body again`, async () => {
        const { runs, told } = await twice(error, { cacheErrors: ['AbortError', 'CancelledFailure'] });
        assert.equal(runs(), 2);
        assert.equal(told, error);
      });
    }

    it('a result too big to keep: its caller gets it, duplicates a typed error, the body is not run again', async () => {
      const operation = { type: 'big', key: newName() };
      const big = 'x'.repeat(20_000);
      assert.equal(await first.run(operation, () => big), big);
      await sleep(30);
      for (const service of [first, second]) {
        await assert.rejects(
          service.run(operation, () => 'never'),
          (error) => error instanceof ResultNotKeptError && error.message.includes('maxResultBytes'),
        );
      }
      const found = await second.lookup(operation);
      assert.deepEqual([found?.state, found?.kept], ['completed', false]);
    });

    it('an outcome that somebody hands in and that is too big is refused, and nothing is written', async () => {
      const operation = { type: 'big', key: newName() };
      const refused = (error: unknown): boolean =>
        error instanceof InvalidOptionError && error.message.includes('maxResultBytes (10000)');
      const big = 'x'.repeat(20_000);
      await assert.rejects(first.record(operation, big), refused);
      assert.equal(await first.lookup(operation), undefined);
      const signed = { who: 'ada', why: 'asked for', fence: undefined };
      const key = first.key(operation);
      for (const found of [{ result: big }, { error: new Error(big) }])
        await assert.rejects(first.byHand().reconcile(key, found, signed), refused);
      assert.equal(await first.lookup(operation), undefined);
      assert.deepEqual((await first.byHand().audit({ limit: 5, key })).entries, []);
      await first.record(operation, 'small');
      assert.equal((await first.lookup(operation))?.result, 'small');
    });

    it('a result that can not be encoded: the same', async () => {
      const operation = { type: 'odd', key: newName() };
      const odd: Record<string, unknown> = {};
      odd['self'] = odd;
      assert.equal(await first.run(operation, () => odd), odd);
      await sleep(30);
      await assert.rejects(
        second.run(operation, () => ({})),
        ResultNotKeptError,
      );
    });
  });
}
