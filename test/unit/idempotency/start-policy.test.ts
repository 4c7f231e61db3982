import { assert } from '../../helpers/assert';
import { evaluateStart } from '../../../src/idempotency/start';
import { checkStartPolicy, DerivedStart, type OnceStartPolicy } from '../../../src/idempotency/start-policy';

const never = (): Promise<Date> => assert.fail('no clock is asked');
type Policy = OnceStartPolicy<readonly unknown[]>;

describe('[edge] what is no policy of a start', () => {
  const wrong: readonly (readonly [unknown, string, RegExp])[] = [
    ['order-42', 'idempotency', /not an object/],
    [null, 'idempotency', /not an object/],
    [{ kye: 'k' }, 'idempotency.kye', /unknown option.*Known ones: scope, key, window/],
    [{ whenRunning: 'wait' }, 'idempotency.whenRunning', /handle to the workflow that runs/],
    [{ onUnknownOutcome: 'fail' }, 'idempotency.onUnknownOutcome', /server always knows/],
    [{ crossNamespace: true }, 'idempotency.crossNamespace', /unique in one namespace/],
    [{ cacheErrors: ['E'] }, 'idempotency.cacheErrors', /may be started again/],
    [{ errorTtl: '1m' }, 'idempotency.errorTtl', /may be started again/],
    [{ scope: 'workflow' }, 'idempotency.scope', /there is no workflow yet/],
    [{ scope: 'execution' }, 'idempotency.scope', /there is no workflow yet/],
    [{ fingerprint: true }, 'idempotency.fingerprint', /false or a function/],
    [{ ttl: 'soon' }, 'idempotency.ttl', /./],
    [{ category: 7 }, 'idempotency.category', /name of a category/],
    [{ hashKeys: 'yes' }, 'idempotency.hashKeys', /true or false/],
    [{ window: { per: 'week' } }, 'window.per', /'hour' or 'day'/],
  ];
  for (const [policy, option, message] of wrong) {
    it(JSON.stringify(policy), () => {
      assert.throws(() => checkStartPolicy(policy), { code: 'INVALID_OPTION', option, message });
    });
  }

  it('a scope function that gives the scope of a workflow, a key function that waits', async () => {
    const scope = (() => 'workflow') as unknown as () => 'global';
    await assert.rejects(evaluateStart({ scope }, [], never), { option: 'idempotency.scope' });
    const key = async (): Promise<string> => Promise.resolve('k');
    await assert.rejects(evaluateStart({ key }, [], never), { option: 'idempotency.key' });
    await assert.rejects(evaluateStart({ scope: 'all' as 'global' }, [], never), { code: 'INVALID_KEY' });
  });
});

describe('[keys] the policy of a start', () => {
  it('is settled on the arguments: key, scope and window are texts from then on', async () => {
    const policy: Policy = {
      scope: (o) => ({ tenant: (o as { tenant: string }).tenant }),
      key: (o: { id: string }) => ['invoice', o.id],
      window: { per: 'day', timezone: 'Europe/Berlin' },
      ttl: '4h',
    };
    const clock = async (): Promise<Date> => Promise.resolve(new Date('2025-09-30T22:30:00Z'));
    assert.deepEqual(await evaluateStart(policy, [{ tenant: 'acme', id: 'i/7' }], clock), {
      namedScope: 'tenant=acme',
      keyText: '=["invoice","i%2F7"]',
      windowName: '2025-10-01',
      ttl: '4h',
    });
  });

  it('falsy keys are keys, an absent one means the arguments', async () => {
    for (const [key, text] of [
      [0, '=0'],
      ['', ''],
      [undefined, '=undefined'],
      [() => null, '=null'],
    ] as const) {
      assert.equal((await evaluateStart({ key }, [], never)).keyText, text);
    }
    assert.equal('keyText' in (await evaluateStart({}, [1], never)), false);
  });

  it('is frozen once it was derived', () => {
    const derived = new DerivedStart('order', 'global/order/k', { keyText: 'k' });
    assert.ok(Object.isFrozen(derived) && Object.isFrozen(derived.policy));
  });
});
