import { assert } from '../helpers/assert';
import { TestProcess } from '../helpers/processes';
import { seeded } from '../stores/subject';
import { Children } from './support/children';
import { World } from './support/world';

const STARTERS = 4;
const KEYS = ['a', 'b', 'c'];
const DOORS = ['standalone', 'workflow', 'child'];

describe('[integration] three doors, several processes at once', function () {
  this.timeout(120_000);
  let world: World;
  let children: Children;

  before(async () => {
    world = await World.open();
    children = new Children(world);
    await Promise.all([children.spawn(), children.spawn()]);
  });
  after(async () => {
    await children.stop();
    await world.close();
  });

  it('each operation runs once, and everybody gets its outcome', async () => {
    const { seed, next } = seeded();
    console.log(`      seed ${seed}`);
    const shuffled = () =>
      KEYS.flatMap((key) => DOORS.map((door) => ({ key: `${world.prefix}-${key}`, door, at: next(1_000) })))
        .sort((a, b) => a.at - b.at)
        .map(({ key, door }) => ({ key, door }));
    const { schema, prefix } = world;
    const { taskQueue } = children;
    const start = () => TestProcess.start('door-starter', { schema, prefix, taskQueue, order: shuffled() });
    const starters = Array.from({ length: STARTERS }, start);
    // One of them vanishes in the middle of it; what it started goes on.
    const doomed = start();
    await Promise.all([...starters, doomed].map((one) => one.next('ready')));
    for (const one of [...starters, doomed]) one.say({ is: 'go' });
    setTimeout(() => doomed.signal('SIGKILL'), 50 + next(300));
    const answers = new Map<string, Set<unknown>>();
    for (const one of starters) {
      const { answers: given } = (await one.next('done', 90_000)) as unknown as {
        answers: [string, unknown][];
      };
      for (const [key, answer] of given) answers.set(key, (answers.get(key) ?? new Set()).add(answer));
    }
    await doomed.exited;
    for (const name of KEYS.map((key) => `${world.prefix}-${key}`)) {
      assert.equal(
        (await world.effects.notes('slow')).filter((note) => note === name).length,
        1,
        `seed ${seed}`,
      );
      assert.equal(await world.effects.count(`child child-${name}`), 1, `seed ${seed}`);
      assert.equal(answers.get(name)?.size, 1, `seed ${seed}`);
      assert.deepEqual(answers.get(`child-${name}`), new Set([`slow child-${name}`]), `seed ${seed}`);
    }
  });
});
