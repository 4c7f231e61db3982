import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { assert } from '../helpers/assert';
import { currentClaim, idempotent, InvalidOptionError, NoClaimError } from '../../src';
import { declaredOf } from '../../src/idempotency/idempotent';

interface Order {
  readonly id: string;
}

/** As inside a worker that has no plugin. */
function inActivity<T>(body: () => T): T {
  return asyncLocalStorage.run({} as Context, body);
}

describe('[wrapper] idempotent', () => {
  async function chargeCard(order: Order, note: string): Promise<string> {
    return `${order.id} ${note}`;
  }

  it('keeps the name, the length and what the SDK reads from the function', () => {
    const definition = { typeInfo: {} };
    const charge = idempotent(
      { key: 'k' },
      Object.assign(chargeCard.bind(null), { activityDefinitionOptions: definition }),
    );
    const plain = idempotent({ key: 'k' }, chargeCard);
    assert.equal(plain.name, 'chargeCard');
    assert.equal(plain.length, 2);
    assert.equal((charge as { activityDefinitionOptions?: unknown }).activityDefinitionOptions, definition);
    assert.ok(!('activityDefinitionOptions' in plain));
  });

  it('called directly, outside any worker, is the function itself', async () => {
    assert.equal(await idempotent({ key: 'k' }, chargeCard)({ id: 'o' }, 'n'), 'o n');
  });

  it('leaves the given function as it was', () => {
    idempotent({ key: 'k' }, chargeCard);
    assert.equal(declaredOf(chargeCard), undefined);
  });

  it('hands on `this`', async () => {
    const till = {
      currency: 'EUR',
      price: idempotent({ key: 'k' }, async function (this: { currency: string }, n: number) {
        return `${n} ${this.currency}`;
      }),
    };
    assert.equal(await till.price(3), '3 EUR');
  });

  it('on a worker without the plugin it refuses to run unprotected', () => {
    const charge = idempotent({ key: 'k' }, chargeCard);
    assert.throws(
      () => inActivity(() => charge({ id: 'o' }, 'n')),
      (error) =>
        error instanceof NoClaimError && /chargeCard/.test(error.message) && /plugins/.test(error.message),
    );
  });

  it('declares its policy, frozen', () => {
    const policy = { scope: 'global', key: (o: Order) => o.id, ttl: '4h' } as const;
    const declared = declaredOf(idempotent(policy, chargeCard));
    assert.deepEqual(Object.keys(declared?.policy ?? {}).sort(), ['key', 'scope', 'ttl']);
    assert.ok(Object.isFrozen(declared?.policy));
  });

  const wrong: [string, object, RegExp][] = [
    ['an unknown option', { kye: 'k' }, /kye/],
    ['a scope that does not exist', { scope: 'universe' }, /scope/],
    ['an unknown whenRunning', { whenRunning: 'explode' }, /whenRunning/],
    ['a fingerprint of true', { fingerprint: true }, /fingerprint/],
    ['cacheErrors that is no list', { cacheErrors: 'Declined' }, /cacheErrors/],
  ];
  for (const [what, policy, names] of wrong) {
    it(`refuses ${what} when it is declared`, () => {
      assert.throws(
        () => idempotent(policy, chargeCard),
        (error) => error instanceof InvalidOptionError && names.test(error.message),
      );
    });
  }

  it('currentClaim() outside a protected body is a typed error', () => {
    assert.throws(() => currentClaim(), NoClaimError);
  });

  it('a transactional activity called without its transaction is a typed error', async () => {
    const transfer = idempotent.transactional({ key: 'k' }, async (_tx, id: string) => id);
    assert.equal(typeof transfer, 'function');
    await assert.rejects(async () => transfer('t'), NoClaimError);
    await assert.rejects(async () => inActivity(() => transfer('t')), NoClaimError);
  });

  it('a transaction adapter that is no function is refused', () => {
    assert.throws(
      () => idempotent.transactional({ key: 'k', transaction: 'pg' as never }, async () => 1),
      (error) => error instanceof InvalidOptionError && /transaction/.test(error.message),
    );
  });
});
