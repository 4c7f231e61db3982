import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, ScheduleNotFoundError } from '@temporalio/client';
import { fullHour } from '../../examples/facility/occurrences';
import { planOfThisRun } from '../../examples/facility/plan-of-this-run';
import { showSchedules } from '../../examples/facility/schedules';
import { requirePlan } from '../../src';
import { assert } from '../helpers/assert';
import { forEachScheduler } from '../helpers/schedulers';
import { need } from '../helpers/services';
import { FacilityServices } from './facility-services';

const text = readFileSync(join('examples', 'facility', 'plan.mended.yaml'), 'utf8');

describe('[edge] the plan under names of one run', () => {
  it('differs in the names of plan and queues only', () => {
    const [of, own] = [requirePlan(text), requirePlan(planOfThisRun(text, 'a1'))];
    const named = JSON.stringify({ ...of, queues: {} })
      .replaceAll('facility.', 'facility-a1.')
      .replaceAll('"name":"facility"', '"name":"facility-a1"')
      .replace(/("taskQueue":"\w+)"/g, '$1-a1"');
    assert.equal(JSON.stringify({ ...own, queues: {} }), named);
    assert.deepEqual(
      Object.entries(own.queues),
      Object.entries(of.queues).map(([name, queue]) => [`${name}-a1`, queue]),
    );
  });
});

forEachScheduler('[integration] the schedules of the demo', function (scheduler) {
  this.timeout(90_000);
  let services: FacilityServices;
  before(async function () {
    need(this, 'DATABASE_URL');
    services = await FacilityServices.open(scheduler.address());
    await services.bundle();
  });
  after(() => services?.close());

  /** Each under names of its own. */
  function show(name: string, signal: AbortSignal, say: (text: string) => void): Promise<string[]> {
    const { connection, pool, settings, id } = services;
    return showSchedules(connection, pool, settings, `${id}-${name}`, signal, say);
  }
  /** What server and registry still know of the schedules of one. */
  async function left(name: string): Promise<string[]> {
    const { connection, pool, settings, id } = services;
    const client = new Client({ connection });
    const { rows } = await pool.query<{ schedule_id: string }>(
      `SELECT schedule_id FROM ${settings.onceSchema}.schedules WHERE state > 0 AND schedule_id LIKE $1`,
      [`%${id}-${name}%`],
    );
    const found = rows.map((row) => `registered: ${row.schedule_id}`);
    for (const job of requirePlan(planOfThisRun(text, `${id}-${name}`)).jobs) {
      const there = client.schedule.getHandle(job.id).describe();
      await there.then(
        () => found.push(`on the server: ${job.id}`),
        (error: unknown) => assert.ok(error instanceof ScheduleNotFoundError, String(error)),
      );
    }
    return found;
  }

  it('what they promise holds, it is shown, and nothing stays', async () => {
    const lines: string[] = [];
    assert.deepEqual(await show('all', new AbortController().signal, (line) => lines.push(line)), []);
    const shown = lines.join('\n');
    for (const pattern of [
      /avoid: autoclose, email-reports\n +first .*\n +proof: .*gcd\(30m, 27m\) = 3m/,
      /^The plan holds/m,
      /^ {4}:00 .*\n(0[08]|16) {2}1[1·]{4}1[1·]{4}[12]/m,
      /^unchanged facility-.*\.email-reports\n?/m,
      /^ScheduleConflictError: .*\.autoclose does the same.*Free is 1 min later/m,
      /│ reports +│ +4 │ +4 │ +4 │ +8 │ +4 │/,
      /expired: scheduled for .*Nothing was run/,
      /^deleted facility-.*\.reports$/m,
    ])
      assert.match(shown, pattern);
    assert.deepEqual(await left('all'), []);
  });

  // Not a matter of the scheduler.
  if (scheduler.name === 'newer') return;

  it('interrupted between apply and prune, nothing goes on firing', async () => {
    const interruption = new AbortController();
    let created = false;
    const stopped = show('stopped', interruption.signal, (line) => {
      created ||= line.startsWith('created ');
      if (line.startsWith('\nEvery occurrence')) interruption.abort(new Error('stopped by SIGINT'));
    });
    await assert.rejects(stopped, /stopped by SIGINT/);
    assert.ok(created);
    const there = (await left('stopped')).filter((what) => what.startsWith('on the server'));
    assert.deepEqual(there, []);
  });

  it('an occurrence that was done twice is told', async () => {
    const { pool, settings, id } = services;
    const hour = fullHour(new Date()).toISOString().replace('.000Z', 'Z');
    await pool.query(
      `INSERT INTO ${settings.facilitySchema}.effects (operation, kind, what, workflow_id, worker)
       VALUES ('twice', 'autoclose', 'closed', $1, 'another')`,
      [`facility-${id}-twice.autoclose-${hour}`],
    );
    const broken = await show('twice', new AbortController().signal, () => undefined);
    assert.deepEqual(broken, ['autoclose: 2 occurrences have 3 effects, 1 of them exactly one']);
  });
});
