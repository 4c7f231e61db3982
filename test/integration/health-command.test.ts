import { Idempotency } from '../../src';
import type { HealthReport } from '../../src/schedules/health/report';
import { assert } from '../helpers/assert';
import { Commands } from '../helpers/command';
import { dropSchema, need } from '../helpers/services';
import { PlanWorld } from './support/plans';
import { DATABASE_URL, randomId, TEMPORAL_ADDRESS } from './support/world';

describe('[integration] temporal schedule plan health', function () {
  this.timeout(60_000);
  const schema = randomId('once_test');
  const commands = new Commands({ DATABASE_URL, TEMPORAL_ADDRESS });
  let world: PlanWorld;
  before(async function () {
    need(this, 'DATABASE_URL', 'TEMPORAL_ADDRESS', 'ONCE_TEMPORAL_BIN');
    await Idempotency.migrate({ postgres: DATABASE_URL, schema });
    world = await PlanWorld.open(TEMPORAL_ADDRESS);
  });
  after(async () => {
    await world?.close();
    commands.close();
    await dropSchema(schema);
  });
  const plan = (...args: string[]) => commands.temporal(['schedule', 'plan', ...args, '--schema', schema]);

  it('0 for a healthy plan, 1 with findings, said with file, line and the command that mends; JSON has them all', async () => {
    const id = world.id();
    const name = randomId('plan');
    const file = commands.write(
      'plan.yaml',
      [
        'version: 1',
        `plan: ${name}`,
        'jobs:',
        '  yearly:',
        `    id: ${id}`,
        '    why: Counts once a year.',
        `    cron: '0 0 1 1 *'`,
        `    jobType: ${id}`,
        '    workflow: { type: count, taskQueue: nobody, executionTimeout: 1m }',
      ].join('\n'),
    );
    const never = await plan('health', file, '--no-unowned');
    assert.deepEqual([never.code, /drifted: .*\n.*the server has not/.test(never.out)], [1, true], never.err);
    assert.equal((await plan('apply', file)).code, 0);
    const healthy = await plan('health', file, '--no-unowned');
    assert.equal(healthy.code, 0, healthy.out + healthy.err);
    assert.match(healthy.out, /^1 schedule, 0 of 0 expected runs: healthy\.\n$/);
    await world.client.schedule.getHandle(id).pause('looking');
    const paused = await plan('health', file, '--no-unowned');
    assert.equal(paused.code, 1, paused.err);
    assert.match(paused.out, new RegExp(`plan.yaml:4:\\d+ paused: ${id}\n.*paused, since 2`));
    assert.match(paused.out, new RegExp(`temporal schedule toggle --schedule-id ${id} --unpause`));
    const json = await plan('health', file, '--no-unowned', '--json');
    const { findings, schedules, healthy: holds } = JSON.parse(json.out) as HealthReport;
    assert.deepEqual(
      [json.code, holds, findings.map(({ rule, jobs }) => [rule, jobs])],
      [1, false, [['paused', ['yearly']]]],
    );
    assert.deepEqual(
      schedules.map(({ scheduleId, job, plan: owner, paused: is }) => [scheduleId, job, owner, is]),
      [[id, 'yearly', name, true]],
    );
    const lines = await plan('health', file, '--no-unowned', '-o', 'jsonl');
    assert.equal((JSON.parse(lines.out) as { rule: string }).rule, 'paused');
  });

  it('2 for bad input, before anything is asked', async () => {
    const bad = commands.write('bad.yaml', 'version: 1\nplan: p\njobs: { a: { crom: x } }\n');
    const refused = await plan('health', bad);
    assert.deepEqual([refused.code, /bad\.yaml:3:/.test(refused.err)], [2, true], refused.err);
    for (const flags of [
      ['--window', '5'],
      ['--late', '10ms'],
      ['--stuck', '0'],
      ['--window', '1000d'],
    ]) {
      const { code, err } = await commands.direct('temporal-schedule-plan', ['health', ...flags]);
      assert.deepEqual([flags, code, err.includes(flags[0] as string)], [flags, 2, true], err);
    }
    const without = await commands.direct('temporal-schedule-plan', ['health'], { DATABASE_URL: '' });
    assert.deepEqual([without.code, /--postgres/.test(without.err)], [2, true], without.err);
  });
});
