import fc from 'fast-check';
import { InvalidOptionError } from '../../../src';
import {
  observeDurations,
  observedDurations,
  withDurations,
  type ReadRuns,
} from '../../../src/schedules/observed/observe';
import { occurrenceDurations, type ObservedRun } from '../../../src/schedules/observed/occurrences';
import { summarised } from '../../../src/schedules/observed/summary';
import { assert } from '../../helpers/assert';
import { jobOf, planOf } from './plan-of';

const T = Date.UTC(2026, 0, 1, 9);
/** Begins `at` and ends `to`, in milliseconds after T. */
const run = (at: number, to: number | undefined, more: Partial<ObservedRun> = {}): ObservedRun => ({
  workflowId: 'w',
  nominalTime: new Date(T),
  startTime: new Date(T + at),
  ...(to === undefined ? {} : { closeTime: new Date(T + to) }),
  status: to === undefined ? 'RUNNING' : 'COMPLETED',
  expired: false,
  ...more,
});
const status = (name: string): Partial<ObservedRun> => ({ status: name });

describe('[unit] how long occurrences took', () => {
  it('from the first start to the last end, retries and continued runs included, in any order', () => {
    const chain = [
      run(0, 1_000, status('CONTINUED_AS_NEW')),
      run(1_000, 4_000, status('FAILED')),
      run(4_010, 9_000),
    ];
    assert.deepEqual(occurrenceDurations(chain), [9_000]);
    assert.deepEqual(occurrenceDurations([...chain].reverse()), [9_000]);
  });

  it('an instant that was backfilled twice has two; other instants and other workflow ids are others', () => {
    const other = { nominalTime: new Date(T + 1) };
    const runs = [
      run(0, 1_000),
      run(60_000, 62_000),
      run(0, 3_000, other),
      run(0, 4_000, { workflowId: 'x' }),
    ];
    assert.deepEqual(occurrenceDurations(runs), [1_000, 2_000, 3_000, 4_000]);
  });

  it('completed, failed and timed out ones count; open, cancelled, terminated and expired ones do not', () => {
    const of = (name: string) => run(0, 5_000, { ...status(name), workflowId: name });
    for (const name of ['COMPLETED', 'FAILED', 'TIMED_OUT'])
      assert.deepEqual(occurrenceDurations([of(name)]), [5_000], name);
    for (const name of ['CANCELLED', 'TERMINATED', 'CONTINUED_AS_NEW', 'UNKNOWN'])
      assert.deepEqual(occurrenceDurations([of(name)]), [], name);
    assert.deepEqual(occurrenceDurations([run(0, undefined)]), []);
    assert.deepEqual(occurrenceDurations([run(0, 1_000, status('FAILED')), run(1_000, undefined)]), []);
    assert.deepEqual(occurrenceDurations([run(0, 5_000, { ...status('FAILED'), expired: true })]), []);
  });

  it('where not all was read, what may have lost its beginning is left out', () => {
    const runs = [run(100_000, 101_000), run(50_000, 150_000, { workflowId: 'x' }), run(99_000, 100_000)];
    assert.deepEqual(occurrenceDurations(runs, new Date(T + 60_000)), [2_000]);
  });

  it('percentiles by nearest rank', () => {
    assert.equal(summarised([]), undefined);
    assert.deepEqual(summarised([7]), { runs: 1, p50Ms: 7, p95Ms: 7, maxMs: 7 });
    const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
    assert.deepEqual(summarised(hundred), { runs: 100, p50Ms: 50, p95Ms: 95, maxMs: 100 });
    assert.deepEqual(summarised([1, 2, 3, 4]), { runs: 4, p50Ms: 2, p95Ms: 4, maxMs: 4 });
    fc.assert(
      fc.property(fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 60 }), (all) => {
        const { p50Ms, p95Ms, maxMs } = summarised(all) as NonNullable<ReturnType<typeof summarised>>;
        for (const [percent, value] of [
          [50, p50Ms],
          [95, p95Ms],
          [100, maxMs],
        ] as const) {
          // The least of them that so many of them do not exceed.
          const enough = (one: number) => all.filter((x) => x <= one).length * 100 >= percent * all.length;
          assert.equal(value, Math.min(...all.filter(enough)));
        }
      }),
    );
  });
});

describe('[unit] observed durations of a plan', () => {
  const plan = planOf([
    jobOf('a', { intervals: [{ every: '1h' }] }, { expectedDurationMs: 60_000 }),
    jobOf('b', { intervals: [{ every: '2h' }] }, { expectedDurationMs: 60_000 }),
    jobOf('c', { intervals: [{ every: '3h' }] }),
  ]);
  const reading = (runs: Readonly<Record<string, readonly ObservedRun[]>>, asked: unknown[] = []): ReadRuns =>
    async function* (id, window, { most, signal }) {
      asked.push([id, window.from.getTime(), window.until.getTime()]);
      signal?.throwIfAborted();
      yield* (runs[id] ?? []).slice(0, most);
    };
  const many = (count: number, ms: number) =>
    Array.from({ length: count }, (_, n) => run(0, ms, { workflowId: String(n) }));

  it('by job, over so many days; too few runs do not take the place of what is declared', async () => {
    const asked: unknown[] = [];
    const read = reading({ 'facility.a': many(5, 90_500), 'facility.b': many(4, 5_000) }, asked);
    const observed = await observeDurations(plan.jobs, read, { days: 2, until: new Date(T) });
    assert.deepEqual(
      asked,
      ['a', 'b', 'c'].map((name) => [`facility.${name}`, T - 2 * 86_400_000, T]),
    );
    assert.deepEqual([...observed.keys()], ['a', 'b']);
    const durations = observedDurations(observed);
    assert.deepEqual([...durations], [['a', 91_000]]);
    assert.deepEqual(
      withDurations(plan, durations).jobs.map(({ expectedDurationMs }) => expectedDurationMs),
      [91_000, 60_000, undefined],
    );
  });

  it('of very many runs those that closed last count, whole ones only', async () => {
    // Newest first; each begins a second after the one before ended.
    const runs = Array.from({ length: 10_500 }, (_, n) =>
      run(-2_000 * n, -2_000 * n + 1_000, { workflowId: String(n) }),
    );
    const observed = await observeDurations(plan.jobs, reading({ 'facility.a': runs }), {
      until: new Date(T),
    });
    // The earliest of those that were read begins before its own end: what it followed on may not have been read.
    assert.equal(observed.get('a')?.runs, 9_999);
  });

  it('refuses days that are none, and ends with its signal', async () => {
    for (const days of [0, -1, NaN, 366])
      await assert.rejects(observeDurations(plan.jobs, reading({}), { days }), InvalidOptionError);
    const signal = AbortSignal.abort(new Error('enough'));
    await assert.rejects(observeDurations(plan.jobs, reading({}), { signal }), /enough/);
  });
});
