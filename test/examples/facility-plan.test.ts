import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ScheduleOverlapPolicy, type ScheduleHandle } from '@temporalio/client';
import type { ApplicationFailure } from '@temporalio/common';
import { protectedActivities } from '../../examples/facility/activities';
import { Facility } from '../../examples/facility/facility';
import { Journal } from '../../examples/facility/journal';
import { MailProvider } from '../../examples/facility/mail-provider';
import { createFacilitySchema, dropSchemas } from '../../examples/facility/schema';
import { currentClaim, FAILURE_TYPES, nextTimes, requirePlan, validatePlan } from '../../src';
import { assert } from '../helpers/assert';
import { need, until } from '../helpers/services';
import { ScheduledRuns } from '../integration/support/scheduled-runs';
import { randomId, World } from '../integration/support/world';

const LONG_AGO = new Date('2026-01-01T00:00:01Z');

const planOf = (file: string) =>
  requirePlan(readFileSync(join('examples', 'facility', file), 'utf8'), { file });

describe('[edge] the mended plan of the facility', () => {
  const [given, mended] = [planOf('plan.yaml'), planOf('plan.mended.yaml')];

  it('is the plan with one move', () => {
    const moved = mended.jobs.filter(
      ({ spec }, at) => JSON.stringify(spec) !== JSON.stringify(given.jobs[at]?.spec),
    );
    assert.deepEqual(
      moved.map(({ name, specText }) => `${name}: ${specText}`),
      ['email-reports: every 27m offset 1m'],
    );
    for (const [at, job] of mended.jobs.entries()) {
      const { why: _why, spec: _spec, specText: _text, place: _place, ...rest } = job;
      const { why, spec, specText, place, ...before } = given.jobs[at] as typeof job;
      assert.ok(why && spec && specText && place);
      assert.deepEqual(rest, before);
    }
  });

  it('holds, which the plan as given does not', () => {
    const from = new Date('2026-01-01T00:00:00Z');
    assert.ok(validatePlan(mended, { from }).holds);
    const errors = validatePlan(given, { from }).findings.filter(({ severity }) => severity === 'error');
    assert.deepEqual(
      errors.map(({ rule, jobs }) => `${rule}: ${jobs.join(', ')}`),
      ['avoid: autoclose, email-reports', 'avoid: ticket-escalation, email-reports'],
    );
  });

  it('at the quarters of the hour no two jobs start, which they do in the plan as given', () => {
    // Ten days hold every meeting of 27 and 30 minutes, and of 8 hours, many times.
    const meetings = ({ jobs }: typeof given): number => {
      const starts = jobs.flatMap(({ spec }) =>
        nextTimes(spec, { after: new Date('2026-01-01T00:00:00Z'), count: 1_000 })
          .map((time) => time.getTime())
          .filter((ms) => ms % 900_000 === 0 && ms < Date.parse('2026-01-11T00:00:00Z')),
      );
      return starts.length - new Set(starts).size;
    };
    assert.ok(meetings(given) > 0);
    assert.equal(meetings(mended), 0);
  });
});

describe('[integration] the jobs of the plan of the facility', function () {
  this.timeout(60_000);

  it('each starts a workflow that is there, with the arguments it wants, and its runs expire', async function () {
    need(this, 'TEMPORAL_ADDRESS');
    need(this, 'DATABASE_URL');
    const world = await World.open();
    const once = world.plugin();
    const schema = randomId('facility');
    await createFacilitySchema(world.pool, schema);
    const journal = new Journal(world.pool, schema, 'w1', currentClaim);
    const facility = new Facility(world.pool, schema, journal, new MailProvider(world.pool, schema));
    const made: ScheduleHandle[] = [];
    try {
      const client = world.clientWith(once);
      const workflowsPath = require.resolve('../../examples/facility/workflows');
      const activities = { ...protectedActivities(facility) };
      await world.during({ workflowsPath, activities, plugins: [once] }, async (taskQueue) => {
        const { jobs } = planOf('plan.mended.yaml');
        for (const { name, workflow, expiresAfterMs } of jobs) {
          const workflowId = randomId(name);
          const schedule = await client.schedule.create({
            scheduleId: workflowId,
            spec: { intervals: [{ every: '1d', offset: '1s' }] },
            action: {
              type: 'startWorkflow',
              workflowType: workflow.type,
              taskQueue,
              workflowId,
              args: [...workflow.args],
            },
            expiresAfter: expiresAfterMs as number,
            memo: { resource: workflowId },
          });
          made.push(schedule);
          await schedule.trigger(ScheduleOverlapPolicy.ALLOW_ALL);
          const effects = async () =>
            (
              await world.pool.query(`SELECT 1 FROM ${schema}.effects WHERE operation LIKE $1`, [
                `${workflowId}%`,
              ])
            ).rowCount;
          await until(async () => (await effects()) === 1, 20_000);
          const late = await new ScheduledRuns(world, schedule, workflowId).backfill(LONG_AGO);
          const failure: unknown = await late.result().catch((error: Error) => error.cause);
          assert.equal((failure as ApplicationFailure).type, FAILURE_TYPES.expired, name);
          assert.equal(await effects(), 1, name);
        }
      });
    } finally {
      for (const schedule of made) await schedule.delete();
      await once.close();
      await dropSchemas(world.pool, [schema]);
      await world.close();
    }
  });
});
