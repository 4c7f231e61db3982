import { judge } from '../../chaos/judge/judge';
import { VIOLATION_KINDS, type ViolationKind } from '../../chaos/judge/violation';
import { assert } from '../helpers/assert';
import { HandMade, TERMS, value } from './journals';

const journal = (type?: 'charge' | 'transfer') => new HandMade(type);

/** What the package may do: nothing here is a violation. */
const ALLOWED: readonly (readonly [string, HandMade])[] = [
  ['a body, its outcome, a replay', journal().run(1).answer(value(1), 'call-1').answer(value(1), 'other')],
  [
    'a clean retry',
    journal()
      .claim(1)
      .begin(1)
      .threw(1)
      .release(1)
      .claim(2)
      .begin(2)
      .effect(2)
      .end(2)
      .settle(2)
      .answer(value(2)),
  ],
  [
    'an extra effect after a holder vanished, when the next body was told',
    journal().claim(1).begin(1).effect(1).claim(2).begin(2, 2).effect(2).end(2).settle(2).answer(value(2)),
  ],
  [
    'the effect of a holder that lost its claim, late',
    journal().claim(1).begin(1).claim(2).begin(2, 2).effect(2).end(2).settle(2).effect(1).end(1),
  ],
  ['another run after a clear', journal().run(1).answer(value(1)).clear().run(2).answer(value(2))],
  [
    'another run after a clear under a running body',
    journal()
      .claim(1)
      .begin(1)
      .clear()
      .claim(2)
      .begin(2)
      .effect(1)
      .end(1)
      .effect(2)
      .end(2)
      .settle(2)
      .answer(value(2)),
  ],
  ['a sweep of a key at rest', journal().run(1).clear().deleted().run(2).answer(value(2))],
  [
    'a result told to its own caller alone, declared, when Postgres was away',
    journal().claim(1).begin(1).effect(1).end(1).unrecorded(1).answer(value(1), 'call-1'),
  ],
  [
    'the result of a vanished holder, recorded by an heir that runs nothing',
    journal()
      .claim(1)
      .begin(1)
      .effect(1)
      .end(1)
      .unrecorded(1)
      .answer(value(1), 'call-1')
      .claim(2)
      .settle(2, { value: value(1) })
      .answer(value(1), 'other'),
  ],
  ['the old outcome soon after a clear that Redis missed', journal().run(1).clear('missed').answer(value(1))],
  [
    'the old outcome soon after a clear that Redis lost',
    journal().run(1).clear().redisLost().answer(value(1), 'late', 1_009),
  ],
  [
    'an answer that was asked for before the clear',
    journal().run(1).clear().pass(20_000).answer(value(1), 'slow', 1_001),
  ],
  [
    'effect and outcome in one transaction',
    journal('transfer').claim(1).begin(1).committed(1).end(1).settle(1),
  ],
  [
    'a transaction that came to nothing',
    journal('transfer').claim(1).begin(1).end(1).release(1).claim(2).begin(2).committed(2).end(2).settle(2),
  ],
];

/** What it may not: each journal shows one thing wrong. */
const WRONG: readonly (readonly [ViolationKind, string, HandMade])[] = [
  ['fence-not-increasing', 'a smaller fence later', journal().claim(5).begin(5).claim(4).begin(4, 2)],
  ['fence-not-increasing', 'the same fence after a deletion', journal().run(3).clear().deleted().claim(3)],
  ['overlapping-commits', 'two outcomes in one life', journal().run(1).claim(2).begin(2).end(2).settle(2)],
  [
    'stale-write',
    'the result of an older claim',
    journal()
      .claim(1)
      .claim(2)
      .settle(2, { value: value(1) }),
  ],
  ['stale-write', 'an outcome where nobody held the key', journal().run(1).clear().settle(1)],
  ['stale-write', 'a settlement past the claim that stands', journal().claim(1).claim(2).settle(1)],
  ['stale-write', 'a release by somebody who did not hold it', journal().claim(1).begin(1).release(1)],
  ['stale-write', 'a running record deleted', journal().claim(1).begin(1).deleted()],
  [
    'outcome-changed',
    'an outcome replaced',
    journal()
      .run(1)
      .settle(1, { value: value(1, 'another') }),
  ],
  ['outcome-changed', 'an outcome claimed again', journal().run(1).claim(2)],
  ['outcome-changed', 'an outcome released', journal().run(1).release(1)],
  ['outcome-changed', 'an outcome deleted', journal().run(1).deleted()],
  [
    'ran-after-outcome',
    'a body after its outcome was told',
    journal().run(1).answer(value(1)).claim(2).begin(2),
  ],
  ['differing-replays', 'another value than was recorded', journal().run(1).answer(value(1, 'another'))],
  ['differing-replays', 'a result that nobody recorded', journal().run(2).answer(value(1))],
  [
    'differing-replays',
    'an unrecorded result that was told to another caller',
    journal().claim(1).begin(1).end(1).unrecorded(1).answer(value(1), 'other'),
  ],
  [
    'differing-replays',
    'an unrecorded result that was not declared',
    journal().claim(1).begin(1).end(1).answer(value(1), 'call-1'),
  ],
  [
    'differing-replays',
    'an unrecorded result of a transaction',
    journal('transfer').claim(1).begin(1).end(1).unrecorded(1).answer(value(1), 'call-1'),
  ],
  [
    'stale-cache',
    'the old outcome after a clear that Redis heard',
    journal().run(1).clear().answer(value(1)),
  ],
  [
    'stale-cache',
    'the old outcome for longer than Redis may answer',
    journal().run(1).clear('missed').pass(10_200).answer(value(1)),
  ],
  ['body-without-claim', 'a body that never claimed', journal().run(1).begin(2)],
  ['body-without-claim', 'two bodies under one claim', journal().claim(1).begin(1).begin(1)],
  ['body-without-claim', 'an effect without a body', journal().claim(1).effect(1)],
  ['undeclared-rerun', 'a body that was not told', journal().claim(1).begin(1).claim(2).begin(2, 1)],
  [
    'undeclared-rerun',
    'a take-over that counts as the first',
    journal().claim(1).claim(2, { runs: 1 }).begin(2, 1),
  ],
  ['extra-effect', 'two effects under one claim', journal().claim(1).begin(1).effect(1).effect(1)],
  [
    'extra-effect',
    'an effect more than vanished holders explain',
    journal().claim(1).begin(1).effect(1).threw(1).release(1).claim(2).begin(2).effect(2),
  ],
  [
    'transactional-effect',
    'an effect without its outcome',
    journal('transfer').claim(1).begin(1).committed(1),
  ],
  [
    'transactional-effect',
    'an outcome without its effect',
    journal('transfer').claim(1).begin(1).end(1).settle(1),
  ],
  [
    'transactional-effect',
    'two effects with one outcome',
    journal('transfer').claim(1).begin(1).committed(1).committed(1).end(1).settle(1),
  ],
  [
    'transactional-effect',
    'an effect in another transaction than its outcome',
    journal('transfer').claim(1).begin(1).committed(1, 'x99').end(1).settle(1),
  ],
  ['worker-crashed', 'an error that nobody caught', journal().run(1).crash()],
];

describe('[faults] the judge of chaos', () => {
  for (const [what, { lines }] of ALLOWED) {
    it(`allows ${what}`, () => assert.deepEqual(judge(lines, TERMS).violations, []));
  }

  for (const [kind, what, { lines }] of WRONG) {
    it(`${kind}: ${what}`, () => {
      const found = judge(lines, TERMS).violations.filter((violation) => violation.kind === kind);
      assert.ok(found.length > 0, `found only ${JSON.stringify(judge(lines, TERMS).violations)}`);
      assert.ok(found.every((violation) => violation.lines.length > 0));
    });
  }

  it('has a journal for every kind of violation', () => {
    assert.deepEqual(new Set(WRONG.map(([kind]) => kind)), new Set(VIOLATION_KINDS));
  });

  it('keeps keys apart, whatever the order of the lines', () => {
    const other = journal()
      .run(1)
      .lines.map((line) => ({ ...line, key: 'charge-2' }));
    const lines = [...journal().run(2).answer(value(2)).lines, ...other].reverse();
    const { violations, keys, bodies, effects, extraEffects } = judge(lines, TERMS);
    assert.deepEqual(
      { violations, keys, bodies, effects, extraEffects },
      {
        ...{ violations: [], keys: 2, bodies: 2, effects: 2, extraEffects: 0 },
      },
    );
  });
});
