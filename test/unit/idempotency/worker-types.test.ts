import type { DeclaredPolicy } from '../../../src/idempotency/policy-summary';
import { attemptOptions, isSameAttempt, type AttemptFacts } from '../../../src/idempotency/attempt-options';
import { Distinct } from '../../../src/idempotency/distinct';
import { ActivityTypes } from '../../../src/idempotency/activity-types';
import { Policies, type PolicyOptions } from '../../../src/interceptors/policies';
import { idempotent } from '../../../src';
import { MemoryStore } from '../../../src/testing';
import { assert } from '../../helpers/assert';

interface Order {
  readonly id: string;
}

const HOUR_MS = 3_600_000;
const attempt = (activityType: string, maximumAttempts = 3) => ({
  activityType,
  retryPolicy: { maximumAttempts, initialInterval: 1_000, backoffCoefficient: 2 },
  startToCloseTimeoutMs: 1_000,
  scheduleToCloseTimeoutMs: 0,
});

describe('[wrapper] what a worker knows of its activity types', () => {
  const declared = (options: PolicyOptions, activity: unknown): DeclaredPolicy =>
    new Policies(options, new Map([['charge', activity]])).declared('charge');
  const plain = async (): Promise<void> => undefined;

  it('says who said each part of a policy: function, plugin by type, plugin default, or nobody', () => {
    const options = {
      default: { category: 'report', ttl: '1h' },
      activities: { charge: { ttl: '2h', scope: 'workflow' } },
    } as const;
    const policy = declared(
      options,
      idempotent({ key: (o: Order) => o.id }, async (o: Order) => o.id),
    );
    assert.deepEqual(policy, {
      protection: 'once',
      scope: 'workflow',
      key: 'given',
      category: 'report',
      ttl: '2h',
      transactional: false,
      source: {
        protection: 'function',
        scope: 'plugin-type',
        key: 'function',
        category: 'plugin-default',
        ttl: 'plugin-type',
      },
    });
    assert.equal(declared({}, plain).protection, 'attempts');
    assert.equal(declared({}, plain).source.protection, 'default');
    assert.equal(declared({ default: false }, plain).protection, 'unprotected');
    assert.equal(declared({ default: false }, plain).source.protection, 'plugin-default');
    assert.equal(declared({ activities: { charge: false } }, plain).source.protection, 'plugin-type');
    const transactional = idempotent.transactional({ key: 'k' }, async () => undefined);
    assert.equal(declared({ default: false }, transactional).transactional, true);
  });

  it('names of a scope are told, its values are not', () => {
    assert.equal(
      declared({}, idempotent({ scope: { user: 'u7', tenant: 'acme' } }, plain)).scope,
      'tenant+user',
    );
    const types = new ActivityTypes().of('default', 'q');
    types.declares(['charge'], () => declared({}, plain));
    types.saw(attempt('charge'), 'once', { namedScope: 'tenant=acme&user=u7', keyText: 'order-42' });
    const told = JSON.stringify(types.rows());
    assert.doesNotMatch(told, /acme|u7|order-42/);
    assert.match(told, /"scope":"tenant\+user","key":"given"/);
  });

  it('any number of retry policies leaves a handful, any number of names a thousand', () => {
    const types = new ActivityTypes().of('default', 'q');
    types.declares(['charge'], () => declared({}, plain));
    for (let n = 0; n < 100; n++) types.saw(attempt('charge', n), 'once', { category: `c${n}` });
    const [charge] = types.rows();
    assert.equal(charge?.retries.length, 4);
    assert.equal(charge?.calls.length, 4);
    assert.equal(charge?.runs.once, 100);
    for (let n = 0; n < 2_000; n++) types.saw(attempt(`any-${n}`), 'once', undefined);
    assert.equal(types.rows().length, 1_000);
  });

  it('an attempt like the one before makes nothing, alternating ones neither', () => {
    let made = 0;
    const make = (given: AttemptFacts) => {
      made++;
      return attemptOptions(given);
    };
    const retries = new Distinct(isSameAttempt, make);
    for (let n = 0; n < 1_000; n++) retries.saw(attempt('charge', n % 3));
    assert.equal(made, 3);
    assert.deepEqual(
      retries.seen.map(({ runs }) => runs),
      [334, 333, 333],
    );
  });

  it('what is seen again stays: the one seen the longest ago makes room', () => {
    const seen = new Distinct<string, { readonly name: string }>(
      (kept, given) => kept.name === given,
      (name) => ({ name }),
    );
    for (const name of [...'A'.repeat(10), 'B', 'C', 'D', 'A', 'E']) seen.saw(name);
    const left = (): [string, number][] =>
      seen.seen.map(({ value, runs }) => [(value as { readonly name: string }).name, runs]);
    assert.deepEqual(left(), [
      ['A', 11],
      ['C', 1],
      ['D', 1],
      ['E', 1],
    ]);
    for (const name of ['C', 'F', 'B']) seen.saw(name);
    assert.deepEqual(left(), [
      ['C', 2],
      ['E', 1],
      ['F', 1],
      ['B', 1],
    ]);
  });

  it('a flush tells what is new, and says again what could not be told', async () => {
    const known = new ActivityTypes();
    const store = new MemoryStore();
    const types = known.of('default', 'q');
    types.declares(['charge', 'idle'], () => declared({}, plain));
    types.running = 1;
    types.saw(attempt('charge'), 'attempts', undefined);
    const away = { add: () => Promise.reject(new Error('away')), read: () => Promise.resolve([]) };
    await known.flush(away);
    types.saw(attempt('charge'), 'attempts', undefined);
    await known.flush(store.activityTypes);
    await known.flush(store.activityTypes);
    const rows = await store.activityTypes.read(HOUR_MS);
    assert.deepEqual(
      rows.map(({ type, runs, retries }) => [type, runs.attempts, retries.map((one) => one.runs)]),
      [
        ['charge', 2, [2]],
        ['idle', 0, []],
      ],
    );
  });
});
