import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Idempotency, OncePlugin, requirePlan } from '../../src';
import { assert } from '../helpers/assert';
import type { Settings } from '../helpers/children/plan-applier';
import { TestProcess } from '../helpers/processes';
import { forEachScheduler } from '../helpers/schedulers';
import { dropSchema, need } from '../helpers/services';
import { PlanWorld } from './support/plans';
import { DATABASE_URL, randomId } from './support/world';

forEachScheduler('[integration] processes that apply a plan', function (scheduler) {
  this.timeout(90_000);
  const schema = randomId('once_test');
  const once = new OncePlugin({ postgres: DATABASE_URL, schema });
  let folder: string;
  let world: PlanWorld;
  before(async function () {
    need(this, 'DATABASE_URL');
    folder = mkdtempSync(join(tmpdir(), 'once-appliers-'));
    await Idempotency.migrate({ postgres: DATABASE_URL, schema });
    world = await PlanWorld.open(scheduler.address());
  });
  after(async () => {
    await world?.close();
    await once.close();
    if (folder === undefined) return;
    rmSync(folder, { recursive: true, force: true });
    await dropSchema(schema);
  });

  /** Starts every second what nobody takes. */
  const ticker = (id: string, change: object = {}) => ({
    id,
    why: 'Ticks.',
    every: '1s',
    jobType: id,
    overlap: 'ALLOW_ALL',
    workflow: { type: 'tick', taskQueue: 'nobody', id: `${id}-run`, executionTimeout: '1s' },
    ...change,
  });
  const textOf = (name: string, jobs: object) => JSON.stringify({ version: 1, plan: name, jobs });
  const planned = (name: string, jobs: object) =>
    once.schedules(world.client).plan(requirePlan(textOf(name, jobs), { file: name }));
  function start(name: string, jobs: object, dieAt?: Settings['dieAt']): TestProcess {
    const file = join(folder, `${randomId('plan')}.json`);
    writeFileSync(file, textOf(name, jobs));
    return TestProcess.start('plan-applier', { address: scheduler.address(), schema, file, dieAt });
  }
  async function killed(name: string, jobs: object, dieAt: Settings['dieAt']): Promise<void> {
    const child = start(name, jobs, dieAt);
    await child.next('ready');
    // Just after a run, so that the next is as far away as it can be: what an update drops, who is killed does not give back.
    if (dieAt?.endsWith('updateSchedule')) await sleep(3_300 - (Date.now() % 3_000));
    child.say({ is: 'go' });
    assert.equal((await child.exited).signal, 'SIGKILL', child.stderr);
  }
  async function together(name: string, jobs: object): Promise<unknown[]> {
    const children = [start(name, jobs), start(name, jobs)];
    await Promise.all(children.map((child) => child.next('ready')));
    for (const child of children) child.say({ is: 'go' });
    const said = await Promise.all(children.map((child) => child.next('applied')));
    return said.map(({ did, error }) => did ?? error);
  }
  async function settled(name: string, jobs: object): Promise<void> {
    const plan = planned(name, jobs);
    assert.deepEqual(
      (await plan.diff()).map(({ kind }) => kind),
      Object.keys(jobs).map(() => 'unchanged'),
    );
    assert.deepEqual(await plan.drift(), []);
    assert.deepEqual(await plan.prunable(), []);
  }

  it('killed before and after a create, and before and after an update in place: the next one goes on, no run is lost or started twice', async () => {
    const name = randomId('plan');
    const [a, b] = [world.id(), world.id()];
    // With moments in which no run is due: without one, whoever is killed right after an update loses what that dropped.
    const both = { a: ticker(a, { every: '3s' }), b: ticker(b) };
    await killed(name, both, 'before createSchedule');
    assert.equal(await world.server.find(a), undefined);
    await killed(name, both, 'after createSchedule');
    assert.ok(await world.server.find(a));
    assert.equal(await world.server.find(b), undefined);
    const resumed = await planned(name, both).apply();
    assert.deepEqual(
      resumed.map(({ did }) => did),
      ['unchanged', 'created'],
    );
    await settled(name, both);
    await world.starts(`${a}-run`, 1);

    const changed = {
      a: ticker(a, { why: 'Ticks on.', every: undefined, cron: '*/3 * * * * * *' }),
      b: both.b,
    };
    await killed(name, changed, 'before updateSchedule');
    assert.equal((await world.server.find(a))?.action.summary, 'Ticks.');
    await killed(name, changed, 'after updateSchedule');
    assert.equal((await world.server.find(a))?.action.summary, 'Ticks on.');
    const ended = await planned(name, changed).apply();
    assert.deepEqual(
      ended.map(({ did }) => did),
      ['unchanged', 'unchanged'],
    );
    await settled(name, changed);
    assert.deepEqual(await world.amiss(`${a}-run`, Date.now() + 3_000, 3_000), { holes: [], doubles: [] });
  });

  it('two at once converge: on creation, on a change in place and on another id, without a run lost or started twice', async () => {
    const name = randomId('plan');
    const [a, b, c] = [world.id(), world.id(), world.id()];
    const first = { a: ticker(a), b: ticker(b) };
    const created = (await together(name, first)).flat();
    assert.equal(created.filter((did) => did === 'created').length, 2, String(created));
    await settled(name, first);
    await world.starts(`${b}-run`, 1);
    const workflow = { type: 'tick', taskQueue: 'nobody', id: `${b}-run`, executionTimeout: '1s' };
    const second = { a: ticker(a, { why: 'Ticks on.' }), b: ticker(c, { workflow, jobType: b }) };
    for (const did of await together(name, second)) assert.ok(Array.isArray(did), String(did));
    // They wait for ten seconds; the end of a succession may take longer, and is left to the next apply.
    await planned(name, second).apply();
    assert.equal(await world.server.find(b), undefined);
    await settled(name, second);
    for (const id of [a, b]) {
      assert.deepEqual(await world.amiss(`${id}-run`, Date.now() + 1_000), { holes: [], doubles: [] }, id);
    }
  });
});
