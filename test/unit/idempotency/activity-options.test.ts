import { msToNumber } from '@temporalio/common';
import {
  activityOptionsFor,
  defineActivityOptions,
  InvalidOptionError,
  standardRetryPolicies,
  type StandardCategory,
} from '../../../src';
import { Categories } from '../../../src/idempotency/categories';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { assert } from '../../helpers/assert';

const names = Object.keys(standardRetryPolicies) as StandardCategory[];
const refused = (option: string) => (error: unknown) =>
  error instanceof InvalidOptionError && error.option === option;

describe('[edge] activity options by category', () => {
  it('has the six standard categories, each with timeout, retries and its own name', () => {
    assert.deepEqual([...names].sort(), [
      'critical',
      'default',
      'email',
      'maintenance',
      'mutation',
      'report',
    ]);
    for (const name of names) {
      const { startToCloseTimeout, retry, idempotency, heartbeatTimeout } = activityOptionsFor(name);
      assert.ok(startToCloseTimeout !== undefined);
      assert.deepEqual(retry, standardRetryPolicies[name]);
      assert.deepEqual(idempotency, { category: name });
      assert.equal(heartbeatTimeout, undefined, 'a body that does not heartbeat is not ended for it');
    }
  });

  it('pauses between attempts are shorter than the retention, so that a retry meets its own record', () => {
    const categories = new Categories();
    for (const name of names) {
      const { maximumInterval } = standardRetryPolicies[name];
      assert.ok(msToNumber(maximumInterval ?? Infinity) < categories.retentionMs(name), name);
    }
  });

  it('the table in docs/moving.md says the same', () => {
    const root = dirname(require.resolve('temporal-once/package.json'));
    const docs = readFileSync(join(root, 'docs/moving.md'), 'utf8');
    for (const name of names) {
      const { startToCloseTimeout, retry } = activityOptionsFor(name);
      const { initialInterval, maximumInterval, maximumAttempts } = retry ?? {};
      const row = docs.split('\n').find((line) => line.startsWith(`| \`${name}\``)) ?? 'no row';
      const cells = row.split('|').map((cell) => cell.trim());
      assert.deepEqual(cells.slice(2, 5), [
        String(startToCloseTimeout as string),
        `${initialInterval} to ${maximumInterval}`,
        String(maximumAttempts),
      ]);
    }
  });

  it('overrides replace field by field, inside retry and idempotency too, and change no table', () => {
    const key = (id: string): string => id;
    const options = activityOptionsFor('report', {
      heartbeatTimeout: '10s',
      retry: { maximumAttempts: 2 },
      idempotency: { key, ttl: '2d' },
    });
    assert.deepEqual(options, {
      startToCloseTimeout: '15m',
      heartbeatTimeout: '10s',
      retry: { ...standardRetryPolicies.report, maximumAttempts: 2 },
      idempotency: { key, ttl: '2d', category: 'report' },
    });
    assert.equal(activityOptionsFor('report').retry?.maximumAttempts, 4);
    for (const part of [
      options,
      options.retry,
      options.idempotency,
      standardRetryPolicies,
      standardRetryPolicies.report,
    ])
      assert.ok(Object.isFrozen(part));
  });

  it('a falsy key is a key: it is kept', () => {
    assert.ok('key' in activityOptionsFor('email', { idempotency: { key: undefined } }).idempotency);
    assert.equal(activityOptionsFor('email', { idempotency: { key: 0 } }).idempotency.key, 0);
  });

  it('an unknown category is refused with the known ones; a category beside the category too', () => {
    for (const name of ['urgent', '', 'constructor', undefined, null, 7]) {
      assert.throws(() => activityOptionsFor(name as never), refused('category'));
    }
    assert.throws(() => activityOptionsFor('urgent' as never), /critical/);
    assert.throws(
      () => activityOptionsFor('email', { idempotency: { category: 'report' } as never }),
      refused('idempotency.category'),
    );
    for (const bad of [null, 'x', 7, []]) {
      assert.throws(() => activityOptionsFor('email', bad as never), refused('overrides'));
    }
  });

  it('own categories: like a standard one, with a retention that the worker is told', () => {
    const optionsFor = defineActivityOptions({
      billing: { like: 'critical', ttl: '12h', errorTtl: '1m', retry: { maximumAttempts: 7 } },
      report: { startToCloseTimeout: '1h' },
      plain: {},
    });
    assert.deepEqual(optionsFor('billing', { retry: { initialInterval: '3s' } }), {
      startToCloseTimeout: '2m',
      retry: { ...standardRetryPolicies.critical, maximumAttempts: 7, initialInterval: '3s' },
      idempotency: { category: 'billing' },
    });
    assert.equal(optionsFor('report').startToCloseTimeout, '1h');
    assert.equal(optionsFor('email').startToCloseTimeout, activityOptionsFor('email').startToCloseTimeout);
    assert.equal(optionsFor.retryPolicies.billing.maximumAttempts, 7);
    assert.equal(optionsFor.retryPolicies.mutation.maximumAttempts, 5);
    const categories = new Categories(optionsFor.categories);
    const hours = (name: string): number => categories.retentionMs(name) / 3_600_000;
    assert.deepEqual([hours('billing'), hours('report'), hours('plain'), hours('email')], [12, 24, 1, 2]);
    assert.equal(categories.errorRetentionMs('billing'), 60_000);
  });

  it('own categories: wrong names, wrong likes and wrong durations are refused', () => {
    assert.throws(() => defineActivityOptions({ 'a b': {} }), refused('categories.a b'));
    assert.throws(() => defineActivityOptions({ a: { like: 'urgent' as never } }), refused('a.like'));
    assert.throws(() => defineActivityOptions({ a: { ttl: 'soon' } }), refused('categories.a.ttl'));
    assert.throws(() => defineActivityOptions({ a: null as never }), refused('categories.a'));
    assert.throws(() => defineActivityOptions(null as never), refused('categories'));
  });
});
