import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, defaultPayloadConverter, type ScheduleDescription } from '@temporalio/client';
import { nights } from '../../examples/facility/plan-in-typescript';
import { runPlanCommand } from '../../examples/facility/plan-command';
import { emptied, planOfThisRun } from '../../examples/facility/plan-of-this-run';
import { expiryIn, requirePlan, validatePlan, type Job, type Plan } from '../../src';
import { assert } from '../helpers/assert';
import { forEachScheduler } from '../helpers/schedulers';
import { env, need } from '../helpers/services';
import { FacilityServices } from './facility-services';

const mended = readFileSync(join('examples', 'facility', 'plan.mended.yaml'), 'utf8');

describe('[edge] the plan of the facility in TypeScript', () => {
  it('holds', () => assert.ok(validatePlan(nights, { from: new Date('2026-01-01T00:00:00Z') }).holds));
});

forEachScheduler('[integration] what the plan of the facility makes on the server', function (scheduler) {
  this.timeout(60_000);
  let services: FacilityServices;
  before(async function () {
    need(this, 'DATABASE_URL', 'ONCE_TEMPORAL_BIN');
    services = await FacilityServices.open(scheduler.address());
  });
  after(() => services?.close());

  /** Applies the plan, as its user does, hands over what is then described, and takes it away. */
  async function applied(name: string, text: string, check: (plan: Plan, client: Client) => Promise<void>) {
    const { settings, folder, connection } = services;
    const plan = requirePlan(text);
    const [file, empty] = [join(folder, `${name}.yaml`), join(folder, `${name}.empty.yaml`)];
    await writeFile(file, text);
    await writeFile(empty, emptied(plan));
    try {
      const { code, err } = await runPlanCommand(['apply', file], settings);
      assert.equal(code, 0, err);
      await check(plan, new Client({ connection }));
    } finally {
      assert.equal((await runPlanCommand(['prune', empty, '--yes'], settings)).code, 0);
    }
  }

  const expiryOf = ({ raw }: ScheduleDescription) =>
    expiryIn(raw.schedule?.action?.startWorkflow?.header?.fields ?? {});
  /** Summary and details, as JSON has them. */
  function texts({ raw }: ScheduleDescription): (string | undefined)[] {
    const { summary, details } = raw.schedule?.action?.startWorkflow?.userMetadata ?? {};
    return [summary, details].map((payload) =>
      payload == null ? undefined : defaultPayloadConverter.fromPayload<string>(payload),
    );
  }

  it('carries the queue, the arguments, every policy and the rationale of each job', async () => {
    await applied('mended', planOfThisRun(mended, services.id), async ({ jobs }, client) => {
      for (const job of jobs) {
        const described = await client.schedule.getHandle(job.id).describe();
        const { action, policies, spec } = described;
        assert.equal(action.type, 'startWorkflow');
        assert.deepEqual(
          {
            type: action.workflowType,
            queue: action.taskQueue,
            args: action.args,
            timeout: action.workflowExecutionTimeout,
            overlap: policies.overlap,
            catchupWindow: policies.catchupWindow,
            pauseOnFailure: policies.pauseOnFailure,
            jitter: spec.jitter ?? 0,
            expiry: expiryOf(described),
          },
          {
            type: job.workflow.type,
            queue: job.workflow.taskQueue,
            args: job.workflow.args,
            timeout: job.workflow.executionTimeoutMs,
            overlap: 'SKIP',
            catchupWindow: 300_000,
            pauseOnFailure: false,
            jitter: 0,
            expiry: { afterMs: job.expiresAfterMs, jitterMs: 0 },
          },
          job.name,
        );
        for (const wanted of [job.workflow.executionTimeoutMs, job.expiresAfterMs]) assert.ok(wanted);
        const [summary = '', details] = texts(described);
        assert.ok(summary.length > 0 && Buffer.byteLength(summary) <= 200);
        assert.equal(details ?? summary, job.why);
        assert.ok(job.why.startsWith(summary.replace(/…$/, '')));
      }
    });
  });

  it('the stock command line shows the rationale, whole where the summary is cut', async () => {
    await applied('told', planOfThisRun(mended, services.id), async ({ jobs }) => {
      for (const name of ['autoclose', 'email-reports']) {
        const job = jobs.find((one) => one.name === name) as Job;
        const args = ['schedule', 'describe', '-s', job.id, '--address', scheduler.address()];
        const { stdout } = await promisify(execFile)(env('ONCE_TEMPORAL_BIN'), args);
        const cut = Buffer.byteLength(job.why) > 200;
        assert.ok(stdout.includes(cut ? '…","StaticDetails":"' : `"StaticSummary":"${job.why}"`), stdout);
        if (cut) assert.ok(stdout.includes(`"StaticDetails":"${job.why}"`), stdout);
        assert.equal(cut, name === 'email-reports');
      }
    });
  });

  it('jitter, with which expiry counts, and a pause on failure where nothing expires', async () => {
    const text = planOfThisRun(mended, `${services.id}-p`)
      .replace(/(cron: '27 [^\n]*\n)/, '$1    jitter: 90s\n    overlap: BufferOne\n')
      .replace(/expiresAfter: 5m[^\n]*/, 'pauseOnFailure: true');
    await applied('policies', text, async ({ name }, client) => {
      const creation = await client.schedule.getHandle(`${name}.job-creation`).describe();
      assert.deepEqual([creation.spec.jitter, creation.policies.overlap], [90_000, 'BUFFER_ONE']);
      assert.deepEqual(expiryOf(creation), { afterMs: 4 * 3_600_000, jitterMs: 90_000 });
      const reports = await client.schedule.getHandle(`${name}.reports`).describe();
      assert.equal(reports.policies.pauseOnFailure, true);
      assert.equal(expiryOf(reports), undefined);
    });
  });
});
