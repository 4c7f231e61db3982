import { CacheHabit } from '../../../src/idempotency/cache-habit';
import { assert } from '../../helpers/assert';

describe('[duplicates] the habit of asking the cache', () => {
  const firsts = (habit: CacheHabit, type: string, count: number): void => {
    for (let at = 0; at < count; at++) habit.learn(type, false);
  };

  it('a type that nothing is known of is worth it', () => {
    const habit = new CacheHabit();
    assert.equal(habit.isWorth('t'), true);
  });

  it('some 120 firsts in a row end it, not sooner', () => {
    const habit = new CacheHabit();
    firsts(habit, 't', 120);
    assert.equal(habit.isWorth('t'), true);
    firsts(habit, 't', 10);
    assert.equal(habit.isWorth('t'), false);
  });

  it('one duplicate brings it back', () => {
    const habit = new CacheHabit();
    firsts(habit, 't', 5_000);
    habit.learn('t', true);
    assert.equal(habit.isWorth('t'), true);
  });

  it('types have habits of their own', () => {
    const habit = new CacheHabit();
    firsts(habit, 'rare', 500);
    assert.deepEqual([habit.isWorth('rare'), habit.isWorth('other')], [false, true]);
  });

  it('types made up by the thousand do not gather: habits are forgotten', () => {
    const habit = new CacheHabit();
    firsts(habit, 'rare', 500);
    for (let at = 0; at < 1_000; at++) habit.learn(`made-up-${at}`, false);
    assert.equal(habit.isWorth('rare'), true);
  });
});
