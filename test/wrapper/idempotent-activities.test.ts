import { assert } from '../helpers/assert';
import { idempotent, idempotentActivities, InvalidOptionError } from '../../src';
import { declaredOf } from '../../src/idempotency/idempotent';

class Base {
  async audit(id: string): Promise<string> {
    return `audited ${id}`;
  }
}

class Payments extends Base {
  readonly currency = 'EUR';
  constructor(private readonly gateway: { pay(id: string): string }) {
    super();
  }

  async charge(id: string): Promise<string> {
    return `${this.gateway.pay(id)} ${this.currency}`;
  }

  refund = async (id: string): Promise<string> => `refunded ${this.gateway.pay(id)}`;

  get secret(): string {
    throw new Error('a getter must not be touched');
  }
}

describe('[wrapper] idempotentActivities', () => {
  const payments = new Payments({ pay: (id) => `paid ${id}` });

  it('takes the methods of an instance, its bases and its own functions', () => {
    const activities = idempotentActivities({ scope: 'global' }, payments);
    assert.deepEqual(Object.keys(activities).sort(), ['audit', 'charge', 'refund']);
  });

  it('binds them, so that dependency injection works', async () => {
    const { charge, refund, audit } = idempotentActivities({ scope: 'global' }, payments);
    assert.equal(await charge('a'), 'paid a EUR');
    assert.equal(await refund('b'), 'refunded paid b');
    assert.equal(await audit('c'), 'audited c');
  });

  it('keeps their names', () => {
    const { charge, refund } = idempotentActivities({ scope: 'global' }, payments);
    assert.deepEqual([charge.name, refund.name], ['charge', 'refund']);
  });

  it('puts one policy under all, and what a function says of itself over it, field by field', () => {
    const activities = idempotentActivities(
      { scope: 'global', ttl: '1h', category: 'email' },
      {
        plain: async () => 1,
        special: idempotent({ ttl: '9h', key: 'mine' }, async () => 2),
      },
    );
    assert.deepEqual(declaredOf(activities.plain)?.policy, { scope: 'global', ttl: '1h', category: 'email' });
    assert.deepEqual(declaredOf(activities.special)?.policy, {
      scope: 'global',
      ttl: '9h',
      category: 'email',
      key: 'mine',
    });
  });

  it('leaves out what is no function', () => {
    const activities = idempotentActivities({}, { a: async () => 1, b: 2, c: 'three' });
    assert.deepEqual(Object.keys(activities), ['a']);
  });

  it('keeps a transactional activity transactional', () => {
    const transfer = idempotent.transactional({ key: 'k' }, async (_tx, id: string) => id);
    const activities = idempotentActivities({ scope: 'global' }, { transfer });
    assert.equal(typeof declaredOf(activities.transfer)?.transactional, 'function');
  });

  it('checks its policy', () => {
    assert.throws(() => idempotentActivities({ scpoe: 'global' } as object, payments), InvalidOptionError);
  });
});

describe('[wrapper] the decorator', () => {
  class Orders {
    constructor(readonly shop: string) {}

    @idempotent({ key: (id: string) => id, category: 'critical' })
    async place(id: string): Promise<string> {
      return `${id} at ${this.shop}`;
    }

    async look(id: string): Promise<string> {
      return id;
    }
  }

  it('keeps `this`, name and arguments', async () => {
    const orders = new Orders('corner');
    assert.equal(await orders.place('o1'), 'o1 at corner');
    assert.equal(orders.place.name, 'place');
    assert.equal(orders.place.length, 1);
  });

  it('declares the method it stands on, and no other', () => {
    const { place, look } = Object.fromEntries(
      ['place', 'look'].map((name) => [name, Reflect.get(Orders.prototype, name) as unknown]),
    );
    assert.equal(declaredOf(place)?.policy.category, 'critical');
    assert.equal(declaredOf(look), undefined);
  });

  it('goes well with idempotentActivities', async () => {
    const activities = idempotentActivities({ scope: { tenant: 'acme' } }, new Orders('corner'));
    assert.equal(await activities.place('o2'), 'o2 at corner');
    const policy = declaredOf(activities.place)?.policy;
    assert.deepEqual([policy?.category, policy?.scope], ['critical', { tenant: 'acme' }]);
    assert.deepEqual(declaredOf(activities.look)?.policy, { scope: { tenant: 'acme' } });
  });
});
