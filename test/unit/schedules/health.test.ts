import { fatesOf, type FateKind } from '../../../src/schedules/health/fates';
import type { HealthFacts, HealthLimits, StartedRun } from '../../../src/schedules/health/facts';
import { judge } from '../../../src/schedules/health/judge';
import { pausedSince, provedPauses } from '../../../src/schedules/health/paused-since';
import { startedRuns } from '../../../src/schedules/health/started-runs';
import { stuckRuns } from '../../../src/schedules/health/stuck';
import { previewJitter, requireSpec } from '../../../src/schedules/spec';
import { assert } from '../../helpers/assert';

const MINUTE = 60_000;
const T = Date.parse('2026-01-01T09:00:00Z');
const at = (minute: number): number => T + minute * MINUTE;
const EVERY_MINUTE = requireSpec({ intervals: [{ every: '1m' }] });
const IDENTITY = { namespaceId: '01a20ecf-5bf3-7e17-8000-000000000000', scheduleId: 'job' };

/** Started at a minute, `lateMs` late, over after `lastsMs`; without that it goes on. */
function run(minute: number, lastsMs?: number, lateMs = 100, change: Partial<StartedRun> = {}): StartedRun {
  const startedAtMs = at(minute) + lateMs;
  return {
    workflowId: `job-${minute}`,
    nominalMs: at(minute),
    startedAtMs,
    closedAtMs: lastsMs === undefined ? undefined : startedAtMs + lastsMs,
    failed: false,
    ...change,
  };
}

/** Looked at from 09:00, exclusive; now is 09:05:30, so that five times are judged. */
const NOW = at(5) + 30_000;
const LIMITS: HealthLimits = { nowMs: NOW, lateMs: 10_000, stuckFactor: 3 };
function facts(runs: readonly StartedRun[], change: Partial<HealthFacts> = {}): HealthFacts {
  return {
    ...{ scheduleId: 'job', job: 'job', plan: 'plan', place: undefined },
    spec: EVERY_MINUTE,
    identity: IDENTITY,
    overlap: 'SKIP',
    catchupWindowMs: MINUTE * 60,
    sinceMs: T,
    paused: undefined,
    pauseIsPlanned: false,
    pauses: [],
    exhausted: false,
    runs,
    controlled: new Set(runs.filter(({ closedAtMs }) => !closedAtMs).map(({ workflowId }) => workflowId)),
    buffered: 0,
    expectedDurationMs: undefined,
    counters: { overlapSkipped: 0, missedCatchup: 0, bufferDropped: 0 },
    ...change,
  };
}
const kinds = (...given: Parameters<typeof facts>): FateKind[] =>
  fatesOf(facts(...given), LIMITS).fates.map(({ kind }) => kind);
const short = (...minutes: number[]): StartedRun[] => minutes.map((minute) => run(minute, 1_000));

describe('[contract] health of a schedule: what became of its times', () => {
  it('started, in time', () => {
    assert.deepEqual(kinds(short(1, 2, 3, 4, 5)), Array(5).fill('started'));
    assert.deepEqual(judge(facts(short(1, 2, 3, 4, 5)), LIMITS).findings, []);
  });

  it('missed: no run, and the scheduler has passed on, or the catch-up window is over', () => {
    assert.deepEqual(kinds(short(1, 2, 4, 5)), ['started', 'started', 'missed', 'started', 'started']);
    const window = { catchupWindowMs: 100_000 };
    assert.deepEqual(kinds(short(1, 2), window), ['started', 'started', 'missed', 'due', 'due']);
    assert.deepEqual(kinds(short(1, 2)), ['started', 'started', 'due', 'due', 'due']);
  });

  it('the scheduler has passed on too when it has taken a time that is too young to be judged', () => {
    const now = { ...LIMITS, nowMs: at(5) + 5_000 };
    const of = (...minutes: number[]): FateKind[] =>
      fatesOf(facts(short(...minutes)), now).fates.map(({ kind }) => kind);
    assert.deepEqual(of(1, 2, 3, 5), ['started', 'started', 'started', 'missed']);
    assert.deepEqual(of(1, 2, 3), ['started', 'started', 'started', 'due']);
  });

  it('nothing is owed before creation or update, after the last action, and in a pause, its jitter included', () => {
    assert.deepEqual(kinds([], { sinceMs: at(3) }), ['due', 'due']);
    assert.deepEqual(kinds(short(1, 2), { exhausted: true }), ['started', 'started']);
    const pauses = [{ fromMs: at(2) + 30_000, toMs: at(4) + 1 }];
    assert.deepEqual(kinds(short(1, 2, 5), { pauses }), ['started', 'started', 'started']);
    const paused = { notBeforeMs: at(2) + 30_000, byMs: at(4) };
    assert.deepEqual(kinds(short(1, 2), { paused }), ['started', 'started']);
    assert.deepEqual(kinds(short(1), { paused }), ['started', 'missed'], 'nothing is caught up in a pause');
    const spec = requireSpec({ intervals: [{ every: '1m' }], jitter: '50s' });
    const start = previewJitter(spec, IDENTITY, at(3)).getTime();
    assert.ok(start > at(3) + 1_000);
    const inJitter = [{ fromMs: at(3) + 500, toMs: at(3) + 600 }];
    const minutes = fatesOf(facts([], { spec, pauses: inJitter }), LIMITS).fates.map(
      ({ nominalMs }) => (nominalMs - T) / MINUTE,
    );
    assert.ok(!minutes.includes(3) && minutes.includes(2));
  });

  it('late: against nominal time and computed jitter', () => {
    assert.deepEqual(kinds([...short(1, 2), run(3, 1_000, 11_000), ...short(4, 5)])[2], 'late');
    assert.deepEqual(kinds([...short(1, 2), run(3, 1_000, 9_000), ...short(4, 5)])[2], 'started');
    const spec = requireSpec({ intervals: [{ every: '1m' }], jitter: '50s' });
    const jitterMs = previewJitter(spec, IDENTITY, at(1)).getTime() - at(1);
    assert.ok(jitterMs > 10_000);
    const limits = { ...LIMITS, nowMs: at(2) };
    const [fate] = fatesOf(facts([run(1, 1_000, jitterMs + 9_000)], { spec }), limits).fates;
    assert.equal(fate?.kind, 'started');
    const [late] = fatesOf(facts([run(1, 1_000, jitterMs + 11_000)], { spec }), {
      ...limits,
      nowMs: at(9),
    }).fates;
    assert.equal(late?.kind, 'late');
  });

  it('later than the catch-up window only a person starts it: made up, and no finding', () => {
    const made = facts([run(1, 1_000, 90_000), ...short(2, 3, 4, 5)], { catchupWindowMs: 30_000 });
    assert.equal(fatesOf(made, LIMITS).fates[0]?.kind, 'madeUp');
    assert.deepEqual(judge(made, LIMITS).findings, []);
  });

  it('dropped: another run of the schedule was in the way, begun before the window too; with ALLOW_ALL none is', () => {
    const long = [...short(1), run(2, 2 * MINUTE + 30_000), ...short(5)];
    assert.deepEqual(kinds(long), ['started', 'started', 'dropped', 'dropped', 'started']);
    const before = [run(-3, 5 * MINUTE + 30_000), ...short(3, 4, 5)];
    assert.deepEqual(kinds(before), ['dropped', 'dropped', 'started', 'started', 'started']);
    assert.deepEqual(kinds(long, { overlap: 'ALLOW_ALL' })[2], 'missed');
    assert.deepEqual(
      kinds([...short(1, 2, 4, 5)], { overlap: 'SKIP' })[2],
      'missed',
      'a run that was over is not in the way',
    );
  });

  it('a later run is not in the way of an earlier time', () => {
    const spec = requireSpec({ intervals: [{ every: '1s' }] });
    const second = (n: number): StartedRun => ({
      ...run(0, 200),
      nominalMs: T + n * 1_000,
      startedAtMs: T + n * 1_000 + 50,
      closedAtMs: T + n * 1_000 + 900,
    });
    const runs = [1, 5, 6].map(second);
    const limits = { ...LIMITS, nowMs: T + 6_500, lateMs: 500 };
    const fates = fatesOf(facts(runs, { spec }), limits).fates.map(({ kind }) => kind);
    assert.deepEqual(fates, ['started', 'dropped', 'missed', 'missed', 'started', 'started']);
  });

  it('buffered: what waits, and what started after a wait; how many wait the server says, the first since the last start', () => {
    const overlap = 'BUFFER_ONE' as const;
    const waited = [run(1, MINUTE + 30_000), run(2, 20_000, 31_000), ...short(4, 5)];
    assert.deepEqual(kinds(waited, { overlap }), ['started', 'waited', 'missed', 'started', 'started']);
    const hanging = [...short(1), run(2)];
    assert.deepEqual(kinds(hanging, { overlap, buffered: 1 }), [
      'started',
      'started',
      'buffered',
      'dropped',
      'dropped',
    ]);
    const all = kinds(hanging, { overlap: 'BUFFER_ALL', buffered: 3 });
    assert.deepEqual(all, ['started', 'started', 'buffered', 'buffered', 'buffered']);
    assert.deepEqual(kinds(hanging, { overlap: 'SKIP' }).slice(2), Array(3).fill('dropped'));
    const after = [run(1, 3 * MINUTE + 30_000), run(2, undefined, 2 * MINUTE + 31_000)];
    assert.deepEqual(kinds(after, { overlap, buffered: 1 }), [
      'started',
      'waited',
      'dropped',
      'dropped',
      'buffered',
    ]);
  });

  it('a backfill or trigger of another time is no expected run, and a backfill of a missed one heals it', () => {
    const { counts } = judge(facts([...short(1, 2, 3, 4, 5), run(2.5, 1_000)]), LIMITS);
    assert.deepEqual([counts.expected, counts.started, counts.unscheduled], [5, 5, 1]);
    const healed = [...short(1, 2, 4, 5), run(3, 1_000, 2 * MINUTE)];
    assert.deepEqual(kinds(healed, { catchupWindowMs: 30_000 })[2], 'madeUp');
  });

  it('of a great many times the latest are looked at', () => {
    const spec = requireSpec({ intervals: [{ every: '1s' }] });
    const week = facts([], { spec, sinceMs: NOW - 7 * 86_400_000 });
    const { fates, sinceMs } = fatesOf(week, LIMITS);
    assert.ok(fates.length <= 50_000 && fates.length > 49_900);
    assert.ok(sinceMs > NOW - 51_000_000);
  });
});

describe('[contract] health of a schedule: stuck, paused', () => {
  it('stuck: older than so many expected durations, or in the way of so many further times with SKIP', () => {
    const hanging = run(1);
    const stuck = (change: Partial<HealthFacts>): boolean =>
      stuckRuns(facts([hanging], change), LIMITS).length > 0;
    assert.ok(stuck({}), '02 to 05 fell meanwhile');
    assert.ok(!stuckRuns(facts([run(3)]), LIMITS).length, 'two times only');
    assert.ok(!stuck({ overlap: 'ALLOW_ALL' }) && !stuck({ overlap: 'BUFFER_ONE' }));
    assert.ok(!stuck({ controlled: new Set() }), 'a run that was triggered to overlap is in no way');
    assert.ok(stuck({ overlap: 'ALLOW_ALL', expectedDurationMs: 80_000 }));
    assert.ok(!stuck({ overlap: 'ALLOW_ALL', expectedDurationMs: 90_000 }));
    assert.ok(!stuck({ paused: { notBeforeMs: at(3) + 30_000, byMs: NOW } }), 'a pause is no swallowed time');
    assert.ok(!stuckRuns(facts([run(1, 1_000)], { expectedDurationMs: 1 }), LIMITS).length, 'it is over');
  });

  it('pauses by the history of the scheduler: patches, updates, what it was paused as at first, and a failure before an unpause', () => {
    const known = { knownFromMs: at(0), pausedAtFirst: false };
    const change = (minute: number, paused: boolean) => ({ atMs: at(minute), paused });
    const of = (pausedAtFirst: boolean, ...changes: ReturnType<typeof change>[]) =>
      provedPauses({ ...known, pausedAtFirst, changes }, [run(1, 1_000, 0, { failed: true })], NOW);
    assert.deepEqual(of(false, change(2, true), change(3, true), change(4, false)), [
      { fromMs: at(2), toMs: at(4) },
    ]);
    assert.deepEqual(of(true, change(0.5, false)), [{ fromMs: at(0), toMs: at(0.5) }]);
    assert.deepEqual(of(false, change(2, true)), [{ fromMs: at(2), toMs: NOW }]);
    assert.deepEqual(of(false, change(3, false)), [{ fromMs: at(1) + 1_000, toMs: at(3) }]);
    const went = provedPauses(
      { ...known, changes: [change(3, false)] },
      [run(1, 1_000, 0, { failed: true }), run(2, 1_000)],
      NOW,
    );
    assert.deepEqual(went, [], 'it went on after the failure');
  });

  it('paused since: the history, else the failure, else between the last time it took and its last update', () => {
    const evidence = {
      nowMs: NOW,
      createdAtMs: at(-60),
      updatedAtMs: at(4),
      pauseOnFailure: false,
      history: undefined,
      runs: short(1, 2),
    };
    assert.deepEqual(pausedSince(evidence), { notBeforeMs: at(2), byMs: at(4) });
    assert.deepEqual(pausedSince({ ...evidence, runs: [] }), { notBeforeMs: at(-60), byMs: at(4) });
    const history = { knownFromMs: at(0), pausedAtFirst: false, changes: [{ atMs: at(3), paused: true }] };
    assert.deepEqual(pausedSince({ ...evidence, history }), { notBeforeMs: at(3), byMs: at(3) });
    const failed = [run(1, 1_000), run(2, 1_000, 0, { failed: true })];
    const failing = { ...evidence, pauseOnFailure: true, runs: failed, updatedAtMs: undefined };
    assert.deepEqual(pausedSince(failing), { notBeforeMs: at(2) + 1_000, byMs: at(2) + 1_000 });
    assert.deepEqual(pausedSince({ ...failing, updatedAtMs: at(4) }).byMs, at(4), 'touched since');
    const atFirst = { ...history, pausedAtFirst: true, changes: [] };
    assert.deepEqual(pausedSince({ ...evidence, history: atFirst }), { notBeforeMs: at(-60), byMs: at(0) });
  });

  it('a pause that the plan wants is no finding', () => {
    const paused = { notBeforeMs: T, byMs: T };
    assert.deepEqual(judge(facts([], { paused, pauseIsPlanned: true }), LIMITS).findings, []);
    assert.deepEqual(
      judge(facts([], { paused }), LIMITS).findings.map(({ rule }) => rule),
      ['paused'],
    );
  });

  it('retries, continued runs and resets are one start: from the first to the last of them', () => {
    const visible = (startMs: number, closeMs: number | undefined, status: string) => ({
      workflowId: 'job-1',
      nominalTime: new Date(at(1)),
      startTime: new Date(startMs),
      ...(closeMs === undefined ? {} : { closeTime: new Date(closeMs) }),
      status,
    });
    const chain = [visible(at(2), at(3), 'COMPLETED'), visible(at(1), at(2), 'FAILED')];
    assert.deepEqual(startedRuns(chain), [
      { workflowId: 'job-1', nominalMs: at(1), startedAtMs: at(1), closedAtMs: at(3), failed: false },
    ]);
    const open = startedRuns([visible(at(1), at(2), 'FAILED'), visible(at(2), undefined, 'RUNNING')]);
    assert.deepEqual([open[0]?.closedAtMs, open[0]?.failed], [undefined, false]);
    assert.equal(startedRuns([visible(at(1), at(2), 'TIMED_OUT')])[0]?.failed, true);
  });
});
