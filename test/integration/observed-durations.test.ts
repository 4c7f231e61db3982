import { execFile, type ExecFileException } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScheduleOverlapPolicy, type Client, type ScheduleHandle } from '@temporalio/client';
import type { Idempotency, Verdict } from '../../src';
import { assert } from '../helpers/assert';
import { forEachScheduler } from '../helpers/schedulers';
import { until } from '../helpers/services';
import { DATABASE_URL, randomId, World } from './support/world';

const MAIN = join(__dirname, '..', '..', 'src', 'cli', 'plan', 'main.js');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Two jobs of one site, five minutes apart, that say they take ten. */
const planText = (report: string, email: string): string => `version: 1
plan: observed
defaults: { resource: site-7 }
jobs:
  report:
    id: ${report}
    why: On the hour.
    every: 1h
    expectedDuration: 10m
    workflow: { type: endsWithNothing, taskQueue: q, executionTimeout: 30m }
  email:
    id: ${email}
    why: Five minutes later.
    every: 1h
    offset: 5m
    expectedDuration: 1m
    workflow: { type: endsWithNothing, taskQueue: q, executionTimeout: 30m }
`;

forEachScheduler('[integration] observed durations', function (scheduler) {
  this.timeout(90_000);
  let world: World;
  let service: Idempotency;
  let client: Client;
  let folder: string;
  let ids: { readonly report: string; readonly email: string };
  const made: ScheduleHandle[] = [];
  before(async () => {
    world = await World.open({}, scheduler.address());
    service = await world.service();
    client = world.client;
    folder = mkdtempSync(join(tmpdir(), 'once-observed-'));
  });
  after(async () => {
    for (const schedule of made) await schedule.delete();
    await service.close();
    rmSync(folder, { recursive: true, force: true });
    await world.close();
  });
  beforeEach(() => (ids = { report: randomId('report'), email: randomId('email') }));

  async function register(
    scheduleId: string,
    taskQueue: string,
    every: '1h' | '1d',
  ): Promise<ScheduleHandle> {
    const handle = client.schedule.getHandle(scheduleId);
    await service.schedules(client).ensure({
      scheduleId,
      spec: { intervals: [{ every }] },
      action: {
        type: 'startWorkflow',
        workflowType: 'endsWithNothing',
        taskQueue,
        workflowId: `${scheduleId}-run`,
        args: [],
      },
      policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL },
      why: 'test',
      resource: scheduleId,
    });
    made.push(handle);
    return handle;
  }

  /** Backfills, and waits until visibility has all of the runs as closed. */
  async function backfill(
    handle: ScheduleHandle,
    startMs: number,
    endMs: number,
    runs: number,
  ): Promise<void> {
    await handle.backfill({
      start: new Date(startMs),
      end: new Date(endMs),
      overlap: ScheduleOverlapPolicy.ALLOW_ALL,
    });
    const query = `TemporalScheduledById = '${handle.scheduleId}' AND ExecutionStatus = 'Completed'`;
    await until(async () => (await client.workflow.count(query)).count >= runs, 30_000);
  }

  async function validate(
    ...args: string[]
  ): Promise<{ code: number; out: string; err: string; verdict: Verdict }> {
    const path = join(folder, 'plan.yaml');
    writeFileSync(path, planText(ids.report, ids.email));
    const where = ['--address', scheduler.address(), '--postgres', DATABASE_URL, '--schema', world.schema];
    const flags = ['validate', path, '--horizon', '90d', ...(args.length === 0 ? [] : where), ...args];
    return new Promise((resolve) => {
      execFile(process.execPath, [MAIN, '-o', 'json', ...flags], { timeout: 50_000 }, (error, out, err) => {
        const { code } = (error ?? { code: 0 }) as ExecFileException;
        const verdict = (out === '' ? { holds: false, findings: [] } : JSON.parse(out)) as Verdict;
        resolve({ code: typeof code === 'number' ? code : -1, out, err, verdict });
      });
    });
  }
  const said = ({ findings }: Verdict, rule: string) => findings.filter((finding) => finding.rule === rule);

  it('validate --observed proves with what runs took, in place of what the plan declares', async () => {
    const declared = await validate();
    assert.equal(declared.code, 1, declared.err);
    assert.deepEqual(
      said(declared.verdict, 'overlap').map(({ jobs }) => jobs),
      [['report', 'email']],
    );
    await world.during({ plugins: [world.plugin()] }, async (queue) => {
      const handle = await register(ids.report, queue, '1h');
      const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
      await backfill(handle, hour - 6 * HOUR_MS, hour - HOUR_MS, 6);
    });
    const observed = await validate('--observed');
    assert.equal(observed.code, 0, observed.err);
    assert.deepEqual(said(observed.verdict, 'overlap'), []);
    const [email, report] = said(observed.verdict, 'observed-duration');
    assert.deepEqual([email?.jobs, report?.jobs], [['email'], ['report']]);
    assert.match(
      report?.proof ?? '',
      /^report took .* \(p50\), .* \(p95\) and at most .* in 6 runs in the last 14 days; it declares 10m; \d+s counts\.$/,
    );
    assert.match(
      email?.proof ?? '',
      /^No closed run of email in the last 14 days was found; it declares 1m, which counts\.$/,
    );
    assert.ok((report?.line ?? 0) > 1);
    for (const days of ['0', 'many', '366']) {
      const refused = await validate('--observed', '--days', days);
      assert.deepEqual([refused.code, refused.out], [2, ''], days);
      assert.match(refused.err, /--days/);
    }
  });

  it('the upkeep keeps daily durations of the registered schedules, and reads none of them twice in a row', async () => {
    const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    await world.during({ plugins: [world.plugin()] }, async (queue) => {
      const handle = await register(ids.report, queue, '1d');
      await backfill(handle, today - 16 * DAY_MS, today, 17);
    });
    const first = await service.runUpkeep({ client });
    assert.ok(first.schedulesRead >= 1);
    const rows = (await service.durations?.days('default', [ids.report]))?.get(ids.report) ?? [];
    assert.deepEqual(
      rows.map(({ day, runs }) => [day, runs]),
      Array.from({ length: 16 }, (_, n) => [
        new Date(today - (16 - n) * DAY_MS).toISOString().slice(0, 10),
        1,
      ]),
    );
    for (const { p50Ms, p95Ms, maxMs } of rows)
      assert.ok(p50Ms === p95Ms && p95Ms === maxMs && maxMs < 60_000);
    assert.equal((await service.runUpkeep({ client })).schedulesRead, 0);
    // What the server has of the last days is read again once it is due, and days are replaced, not doubled.
    await world.pool.query(
      `UPDATE ${world.schema}.run_duration_reads SET read_at = read_at - interval '7 hours' WHERE schedule_id = $1`,
      [ids.report],
    );
    assert.equal((await service.runUpkeep({ client })).schedulesRead, 1);
    assert.equal((await service.durations?.days('default', [ids.report]))?.get(ids.report)?.length, 16);
    const trend = said((await validate('--predict', '--observed')).verdict, 'trend');
    assert.match(
      trend.find(({ jobs }) => jobs[0] === 'email')?.proof ?? '',
      /Not enough history: email has runs on 0 of the 14/,
    );
    assert.doesNotMatch(trend.find(({ jobs }) => jobs[0] === 'report')?.proof ?? '', /Not enough/);
  });

  it('validate --predict says what will collide and when; a warning leaves the plan holding', async () => {
    // 240 s today, 4 s more each day, five minutes to the next: above 300 s on the 16th day from now.
    const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    await world.pool.query(
      `INSERT INTO ${world.schema}.run_durations
       SELECT 'default', $1, (to_timestamp($2 / 1000.0) AT TIME ZONE 'UTC')::date - n, 24, 1, 240000 - 4000 * n, 500000
       FROM generate_series(1, 20) n`,
      [ids.report, today],
    );
    const path = join(folder, 'short.yaml');
    writeFileSync(
      path,
      planText(ids.report, ids.email).replace('expectedDuration: 10m', 'expectedDuration: 4m'),
    );
    const run = (...args: string[]) =>
      new Promise<{ code: unknown; out: string; err: string }>((resolve) =>
        execFile(process.execPath, [MAIN, 'validate', path, ...args], (error, out, err) =>
          resolve({ code: error?.code ?? 0, out, err }),
        ),
      );
    const { code, out, err } = await run('--predict', '--postgres', DATABASE_URL, '--schema', world.schema);
    assert.equal(code, 0, err);
    const at = new Date(today + 16 * DAY_MS + 5 * 60_000).toISOString().replace('.000Z', 'Z');
    assert.match(out, /predicted-overlap: report, email/);
    assert.ok(out.includes(`first ${at}`), out);
    assert.match(out, /grows by 4000 ms a day .*: 60000 ms are left/);
    assert.match(out, /The plan holds: 1 warning/);
    const unknown = await run(
      '--predict',
      '--postgres',
      DATABASE_URL,
      '--schema',
      world.schema,
      '-n',
      'elsewhere',
    );
    assert.match(unknown.out, /Not enough history: report has runs on 0/);
  });
});
