import { ScheduleOverlapPolicy, type Client, type ScheduleHandle } from '@temporalio/client';
import type { Idempotency, Verdict } from '../../src';
import { DurationHistory } from '../../src/registry/duration-history';
import { PostgresStore } from '../../src/stores/postgres/postgres-store';
import { assert } from '../helpers/assert';
import { Commands } from '../helpers/command';
import { forEachScheduler } from '../helpers/schedulers';
import { until } from '../helpers/services';
import { DATABASE_URL, randomId, World } from './support/world';

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
  const commands = new Commands();
  let ids: { readonly report: string; readonly email: string };
  const made: ScheduleHandle[] = [];
  before(async () => {
    world = await World.open({}, scheduler.address());
    service = await world.service();
    client = world.client;
  });
  after(async () => {
    for (const schedule of made) await schedule.delete();
    await service.close();
    commands.close();
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
      // It runs when it is backfilled, and not of itself at a full hour too.
      state: { paused: true },
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

  const where = (): string[] => [
    '--address',
    scheduler.address(),
    '--postgres',
    DATABASE_URL,
    '--schema',
    world.schema,
  ];
  async function validate(
    ...args: string[]
  ): Promise<{ code: number; out: string; err: string; verdict: Verdict }> {
    const path = commands.write('plan.yaml', planText(ids.report, ids.email));
    const asked = args.length === 0 ? [] : where();
    const ran = await commands.direct('temporal-schedule-plan', [
      '-o',
      'json',
      'validate',
      path,
      '--horizon',
      '90d',
      ...asked,
      ...args,
    ]);
    return {
      ...ran,
      verdict: ran.out === '' ? { holds: false, findings: [] } : (JSON.parse(ran.out) as Verdict),
    };
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
    // Declared, the two overlap and one must move; by what was seen nothing need.
    const path = commands.write(
      'movable.yaml',
      planText(ids.report, ids.email).replace('resource: site-7', 'resource: site-7, movable: true'),
    );
    for (const [flags, moves] of [
      [[], 1],
      [['--observed', ...where().slice(0, 2)], 0],
    ] as const) {
      const ran = await commands.direct('temporal-schedule-plan', [
        '-o',
        'json',
        'coordinate',
        path,
        ...flags,
      ]);
      assert.equal(ran.code, 0, ran.err);
      assert.equal((JSON.parse(ran.out) as { moves: unknown[] }).moves.length, moves);
    }
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
    const text = planText(ids.report, ids.email).replace('expectedDuration: 10m', 'expectedDuration: 4m');
    const path = commands.write('short.yaml', text);
    const predict = (...args: string[]) =>
      commands.direct('temporal-schedule-plan', ['validate', path, '--predict', ...args]);
    const store = ['--postgres', DATABASE_URL, '--schema', world.schema];
    const { code, out, err } = await predict(...store);
    assert.equal(code, 0, err);
    const at = new Date(today + 16 * DAY_MS + 5 * 60_000).toISOString().replace('.000Z', 'Z');
    assert.match(out, /predicted-overlap: report, email/);
    assert.ok(out.includes(`first ${at}`), out);
    assert.match(out, /grows by 4000 ms a day .*: 60000 ms are left/);
    assert.match(out, /The plan holds: 1 warning/);
    const unknown = await predict(...store, '-n', 'elsewhere');
    assert.match(unknown.out, /Not enough history: report has runs on 0/);
    const nowhere = await commands.direct('temporal-schedule-plan', ['validate', path, '--predict'], {
      DATABASE_URL: '',
    });
    assert.deepEqual([nowhere.code, nowhere.out], [2, '']);
    assert.match(nowhere.err, /--postgres/);
  });

  it('a call without time reads a part of the days, and the next ones go on from there', async () => {
    const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    await world.during({ plugins: [world.plugin()] }, async (queue) => {
      const handle = await register(ids.report, queue, '1d');
      await backfill(handle, today - 16 * DAY_MS, today, 17);
    });
    const store = new PostgresStore({
      pool: world.pool,
      schema: world.schema,
      patienceMs: 30_000,
      ownsPool: false,
    });
    const history = new DurationHistory(store.runDurations);
    const due = async () =>
      (await store.runDurations.due('default', 0, 100)).filter(({ readAt }) => readAt === undefined);
    const asked = (await due()).length;
    assert.ok(asked >= 1);
    let calls = 0;
    let beats = 0;
    for (let done = false; !done; calls++) ({ done } = await history.keepUp(client, 0, () => beats++));
    assert.ok(calls > 20 * asked, `${calls} calls`);
    assert.ok(beats <= 31 * asked, `${beats} days`);
    const rows = (await history.days('default', [ids.report])).get(ids.report) ?? [];
    assert.deepEqual(
      rows.map(({ runs }) => runs),
      Array.from({ length: 16 }, () => 1),
    );
    await assert.rejects(async () => {
      await world.pool.query(`DELETE FROM ${world.schema}.run_duration_reads WHERE schedule_id = $1`, [
        ids.report,
      ]);
      await history.keepUp(client, 1_000, () => {
        throw new Error('enough');
      });
    }, /enough/);
  });
});
