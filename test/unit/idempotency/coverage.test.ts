import { coverageReport } from '../../../src/idempotency/coverage';
import type { AttemptOptions } from '../../../src/idempotency/attempt-options';
import type { DeclaredPolicy } from '../../../src/idempotency/policy-summary';
import type { TypeRow } from '../../../src/stores/activity-types';
import { assert } from '../../helpers/assert';

const RETRY: AttemptOptions = {
  initialIntervalMs: 1_000,
  backoffCoefficient: 2,
  maximumIntervalMs: 100_000,
  maximumAttempts: 5,
  nonRetryableErrorTypes: [],
  startToCloseMs: 60_000,
  scheduleToCloseMs: 0,
  heartbeatMs: 0,
};
const POLICY: DeclaredPolicy = {
  protection: 'attempts',
  scope: 'execution',
  key: 'execution',
  category: 'default',
  transactional: false,
  source: { protection: 'default', scope: 'default', key: 'default', category: 'default', ttl: 'default' },
};

function row(type: string, change: Partial<TypeRow> = {}, retry?: Partial<AttemptOptions>): TypeRow {
  return {
    namespace: 'default',
    taskQueue: 'q',
    type,
    policy: POLICY,
    runs: { unprotected: 0, attempts: 1, once: 0 },
    recent: { unprotected: false, attempts: true, once: false },
    calls: [],
    retries: retry === undefined ? [] : [{ value: { ...RETRY, ...retry }, runs: 1 }],
    ...change,
  };
}
const outliers = (rows: TypeRow[]) =>
  Object.fromEntries(
    coverageReport(rows).types.flatMap(({ type, outlier }) =>
      outlier === undefined ? [] : [[type, outlier]],
    ),
  );

describe('[wrapper] coverage of activity types', () => {
  it('own attempts and once count as protected; the percentage is rounded down', () => {
    const off = { policy: { ...POLICY, protection: 'unprotected' }, recent: none() };
    const once = { recent: { unprotected: false, attempts: false, once: true } };
    const report = coverageReport([row('a'), row('b', once), row('c', off)]);
    assert.equal(report.percentProtected, 66.66);
    assert.deepEqual(report.counts, { unprotected: 1, attempts: 1, once: 1 });
    assert.deepEqual(report.taskQueues, [{ namespace: 'default', taskQueue: 'q', types: 3, protected: 2 }]);
    const many = Array.from({ length: 9_999 }, (_, n) => row(`t${n}`));
    assert.equal(coverageReport([...many, row('off', off)]).percentProtected, 99.99);
    assert.equal(coverageReport([]).percentProtected, 0);
  });

  it('the weakest of what was seen counts, and what is said where nothing was', () => {
    const protections = (change: Partial<TypeRow>) => coverageReport([row('t', change)]).types[0]?.protection;
    assert.equal(protections({ recent: { unprotected: true, attempts: true, once: true } }), 'unprotected');
    assert.equal(protections({ recent: { unprotected: false, attempts: true, once: true } }), 'attempts');
    // A workflow's call protects what nothing else protects.
    const off = { ...POLICY, protection: 'unprotected' };
    assert.equal(
      protections({ policy: off, recent: { unprotected: false, attempts: false, once: true } }),
      'once',
    );
    assert.equal(protections({ policy: off, recent: none() }), 'unprotected');
  });

  it('an outlier differs from what more than half of at least three types of its category have', () => {
    const three = [row('a', {}, {}), row('b', {}, {}), row('c', {}, { maximumAttempts: 1 })];
    assert.deepEqual(outliers(three), { c: [{ field: 'maximumAttempts', value: 1, usual: 5 }] });
    assert.deepEqual(outliers(three.slice(1)), {}, 'two types have no usual policy');
    const tie = [...three, row('d', {}, { maximumAttempts: 1 })];
    assert.deepEqual(outliers(tie), {}, 'half is not more than half');
    assert.deepEqual(outliers([...three.slice(0, 2), row('c')]), {}, 'one that never ran is not judged');
  });

  it("every field is named, timeouts are nobody's outlier, the order of rows changes nothing", () => {
    const odd = {
      initialIntervalMs: 5,
      backoffCoefficient: 1,
      maximumIntervalMs: 6,
      maximumAttempts: 0,
      nonRetryableErrorTypes: ['X'],
    };
    const rows = [row('a', {}, {}), row('b', {}, { startToCloseMs: 5 }), row('c', {}, odd)];
    const found = outliers(rows);
    assert.deepEqual(
      found['c']?.map(({ field, value }) => [field, value]),
      Object.entries(odd),
    );
    assert.deepEqual(Object.keys(found), ['c']);
    assert.deepEqual(coverageReport([...rows].reverse()), coverageReport(rows));
  });

  it('types are compared within their category, as most of their calls have it, and namespace', () => {
    const critical = { policy: { ...POLICY, category: 'critical' } };
    const called = { calls: [{ value: { category: 'critical' }, runs: 1 }] };
    const usual = [row('a', {}, {}), row('b', {}, {}), row('c', {}, {})];
    assert.deepEqual(outliers([...usual, row('d', critical, { maximumAttempts: 1 })]), {});
    assert.deepEqual(outliers([...usual, row('d', called, { maximumAttempts: 1 })]), {});
    assert.deepEqual(outliers([...usual, row('d', { namespace: 'x' }, { maximumAttempts: 1 })]), {});
    assert.deepEqual(Object.keys(outliers([...usual, row('d', {}, { maximumAttempts: 1 })])), ['d']);
  });

  it('the retry policy of a type is the one most of its runs had', () => {
    const retries = [
      { value: { ...RETRY, maximumAttempts: 9 }, runs: 4 },
      { value: { ...RETRY, startToCloseMs: 1 }, runs: 3 },
      { value: { ...RETRY, startToCloseMs: 2 }, runs: 2 },
    ];
    const [type] = coverageReport([row('a', { retries })]).types;
    assert.deepEqual(type?.retry, { ...RETRY, startToCloseMs: 1 });
  });
});

function none() {
  return { unprotected: false, attempts: false, once: false };
}
