import { setTimeout as sleep } from 'node:timers/promises';
import {
  Client,
  Connection,
  ScheduleAlreadyRunning,
  type ScheduleOptions,
  type ServiceError,
} from '@temporalio/client';
import { Idempotency, ScheduleConflictError } from '../../src';
import { wantedOf } from '../../src/registry/wanted';
import { assert } from '../helpers/assert';
import { forEachScheduler } from '../helpers/schedulers';
import { env, need, until } from '../helpers/services';
import { Facility } from '../registry/support';
import { GuardProcess, stock, type Ran } from './support';

forEachScheduler('[integration] guard: what collides', function (scheduler) {
  this.timeout(60_000);
  let facility: Facility;
  let guard: GuardProcess;
  let other: GuardProcess;
  let connection: Connection;
  let client: Client;

  before(async function () {
    need(this, 'DATABASE_URL', 'ONCE_TEMPORAL_BIN');
    facility = await Facility.open(scheduler.address());
    await Idempotency.migrate({ postgres: env('DATABASE_URL'), schema: facility.schema });
    const flags = ['--postgres', env('DATABASE_URL'), '--schema', facility.schema];
    [guard, other] = await Promise.all([
      GuardProcess.start(scheduler.address(), flags),
      GuardProcess.start(scheduler.address(), flags),
    ]);
    connection = await Connection.connect({ address: guard.address });
    client = new Client({ connection });
  });
  after(async () => {
    await connection?.close();
    await guard?.stop();
    await other?.stop();
    await facility?.close();
  });

  /** By the stock command line, paused; of this test's tenant. */
  function create(id: string, type: string, ...times: string[]): Promise<Ran> {
    const memo = `tenant=${JSON.stringify(facility.tenant)}`;
    return stock(
      guard.address,
      ...[
        'schedule',
        'create',
        '-s',
        id,
        '--type',
        type,
        '-t',
        'nobody',
        '--schedule-memo',
        memo,
        '--paused',
      ],
      ...(times.length === 0 ? ['--cron', '0,30 * * * *'] : times),
    );
  }

  it('the stock command line is told which schedule is in the way, when, and what is free', async () => {
    const [a, b] = [facility.id(), facility.id()];
    const first = await create(a, 'told');
    assert.equal(first.code, 0, first.err);
    const second = await create(b, 'told', '--interval', '30m');
    assert.equal(second.code, 1);
    assert.match(
      second.err,
      new RegExp(
        `schedule ${b} was not created: schedule ${a} does the same at the same times: told for tenant ${facility.tenant}, ` +
          String.raw`next at 20\d\d-\d\d-\d\dT\d\d:[03]0:00Z.*\. Free is 1 min later \(every 30m offset 1m\), or 1 min earlier ` +
          String.raw`\(every 30m offset 29m\)\. If both are wanted, say what tells them apart: memo\.resource, memo\.tenant\.`,
      ),
    );
    assert.equal(await facility.exists(b), false);
    assert.ok((await facility.liveIds()).includes(a));
  });

  it('an update to times that are taken is refused; others pass, and the registry follows', async () => {
    const [a, b] = [facility.id(), facility.id()];
    await create(a, 'updated', '--cron', '5 * * * *');
    await create(b, 'updated', '--cron', '6 * * * *');
    const update = (id: string, ...flags: string[]): Promise<Ran> =>
      stock(guard.address, 'schedule', 'update', '-s', id, '--type', 'updated', '-t', 'nobody', ...flags);
    const refused = await update(b, '--interval', '1h/5m');
    assert.equal(refused.code, 1);
    assert.match(
      refused.err,
      new RegExp(`schedule ${b} was not changed: schedule ${a} does the same at the same times`),
    );
    const same = await update(b, '--cron', '6 * * * *', '--notes', 'looked at');
    assert.equal(same.code, 0, same.err);
    const moved = await update(b, '--cron', '7 * * * *', '--notes', 'moved');
    assert.equal(moved.code, 0, moved.err);
    assert.match((await create(facility.id(), 'updated', '--cron', '7 * * * *')).err, new RegExp(b));
    const c = facility.id();
    assert.equal((await create(c, 'updated', '--cron', '6 * * * *')).code, 0);
    assert.deepEqual(
      (await facility.liveIds()).filter((id) => [a, b, c].includes(id)),
      [a, b, c],
    );
  });

  it('an update that leaves its times passes, although it has collided since before the guard', async () => {
    const ids = [facility.id(), facility.id()];
    for (const scheduleId of ids)
      await facility.bare.schedule.create(facility.options({ scheduleId, workflowType: 'before' }));
    const handle = client.schedule.getHandle(ids[1] as string);
    await handle.update((was) => ({ ...was, state: { ...was.state, note: 'looked at' } }));
    assert.equal((await handle.describe()).state.note, 'looked at');
    for (const id of ids) await client.schedule.getHandle(id).delete();
  });

  it('an update that stood still while its times were taken over is told so, and its schedule stays', async () => {
    const [slow, quick] = [facility.id(), facility.id()];
    // It arrives after all, over a connection that knows of no deadline.
    const apart = await Connection.connect({ address: scheduler.address() });
    const late = new Client({ connection: apart });
    const taken = { workflowType: 'taken-over', spec: { cronExpressions: ['14 * * * *'] } };
    const once = await Idempotency.connect({
      postgres: env('DATABASE_URL'),
      schema: facility.schema,
      leaseMs: 1_000,
    });
    try {
      await facility.bare.schedule.create(facility.options({ scheduleId: slow, workflowType: 'taken-over' }));
      const { spec, memo } = facility.options(taken);
      const wanted = wantedOf('default', {
        ...{ scheduleId: slow, spec: spec, memo: memo ?? {} },
        action: { workflowType: 'taken-over', taskQueue: 'nobody' },
      });
      const update = async (): Promise<void> => {
        await sleep(1_200);
        await client.schedule.create(facility.options({ ...taken, scheduleId: quick }));
        await late.schedule.getHandle(slow).update((was) => ({ ...was, spec }));
      };
      await assert.rejects(
        once.registered.registry(facility.bare).register(wanted, update, 'changed'),
        ScheduleConflictError,
      );
      assert.equal(await facility.exists(slow), true);
    } finally {
      await facility.bare.schedule.getHandle(slow).delete();
      await apart.close();
      await once.close();
    }
  });

  it('what was deleted is free', async () => {
    const [a, b] = [facility.id(), facility.id()];
    await create(a, 'deleted');
    assert.equal((await create(b, 'deleted')).code, 1);
    assert.equal((await stock(guard.address, 'schedule', 'delete', '-s', a)).code, 0);
    const free = await create(b, 'deleted');
    assert.equal(free.code, 0, free.err);
  });

  it('all that is wrong with times is said at once, and no try is made a second time', async () => {
    const [id, idle] = [facility.id(), facility.id()];
    const bad = await create(
      id,
      'bad',
      '--cron',
      '61 * * * *',
      '--cron',
      '0 0 30 2 x',
      '--time-zone',
      'Mars',
    );
    assert.equal(bad.code, 1);
    assert.match(bad.err, new RegExp(`schedule ${id} was not created: cronExpressions\\[0\\], column 1: `));
    assert.match(bad.err, /cronExpressions\[1\]/);
    assert.match(bad.err, /no time zone 'Mars'/);
    const never = await create(idle, 'bad', '--cron', '0 0 30 2 *');
    assert.equal(never.code, 1);
    // The guard writes its line after it has answered.
    const refused = (of: string) =>
      guard.lines.filter((line) => line.startsWith('guard: refused') && line.includes(`schedule="${of}"`));
    await until(() => refused(idle).length > 0);
    assert.deepEqual([refused(id).length, refused(idle).length], [1, 1], 'not tried again');
  });

  it('a client of the SDK gets FAILED_PRECONDITION with the text; an id that is there is the server’s to tell', async () => {
    const options = facility.options({ workflowType: 'told-sdk' });
    await client.schedule.create(options);
    const error = await client.schedule
      .create({ ...options, scheduleId: facility.id() })
      .catch((refused: ServiceError) => refused);
    const { code, details } = causeOf(error);
    assert.equal(code, 9);
    assert.match(
      details,
      new RegExp(`schedule ${options.scheduleId} does the same at the same times.*; `.slice(0, -4)),
    );
    assert.match(details, /Free is 1 min later \(minute 1,31\)/);
    await assert.rejects(
      client.schedule.create({ ...options, spec: { cronExpressions: ['11 * * * *'] } }),
      ScheduleAlreadyRunning,
    );
  });

  it('twenty clients at once, through two guards: one schedule', async () => {
    const second = await Connection.connect({ address: other.address });
    const clients = [client, new Client({ connection: second })];
    const made = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        (clients[i % 2] as Client).schedule.create(facility.options({ workflowType: 'raced' })),
      ),
    );
    await second.close();
    assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const one of made)
      if (one.status === 'rejected') assert.equal(causeOf(one.reason).code, 9, String(one.reason));
  });

  it('the other forms of times and of messages are judged too: texts by field, gzip', async () => {
    const packed = await Connection.connect({
      address: guard.address,
      channelArgs: { 'grpc.default_compression_algorithm': 2 },
    });
    try {
      const first = facility.options({ workflowType: 'forms' });
      await new Client({ connection: packed }).schedule.create(first);
      assert.ok((await facility.liveIds()).includes(first.scheduleId));
      const refused = await new Client({ connection: packed }).schedule
        .create(facility.options({ workflowType: 'forms' }))
        .catch((error: unknown) => error);
      assert.equal(causeOf(refused).code, 9);
      const texts = await packed.workflowService
        .createSchedule({
          namespace: 'default',
          scheduleId: facility.id(),
          schedule: {
            spec: { calendar: [{ minute: '0-59/30', hour: '*' }] },
            action: { startWorkflow: { workflowType: { name: 'forms' }, taskQueue: { name: 'nobody' } } },
          },
          memo: {
            fields: { tenant: { metadata: JSON_PLAIN, data: Buffer.from(JSON.stringify(facility.tenant)) } },
          },
        })
        .catch((error: unknown) => error);
      assert.match(
        (texts as { details: string }).details,
        new RegExp(`schedule ${first.scheduleId} does the same`),
      );
    } finally {
      await packed.close();
    }
  });

  it('a memo that nobody here can read tells no tenant: passed, and said', async () => {
    const scheduleId = facility.id();
    await connection.workflowService.createSchedule({
      namespace: 'default',
      requestId: scheduleId,
      scheduleId,
      schedule: {
        spec: { cronString: ['0 4 * * *'] },
        action: {
          startWorkflow: {
            workflowId: scheduleId,
            workflowType: { name: 'secret' },
            taskQueue: { name: 'nobody' },
          },
        },
        state: { paused: true },
      },
      memo: {
        fields: {
          tenant: { metadata: { encoding: Buffer.from('binary/encrypted') }, data: Buffer.from('?') },
        },
      },
    });
    await facility.bare.schedule.getHandle(scheduleId).delete();
    await until(() =>
      guard.lines.includes(
        `guard: unjudged CreateSchedule namespace="default" schedule="${scheduleId}" code=0`,
      ),
    );
  });

  it('a client with the plugin, and apply, work through it and keep what the registry knows', async () => {
    const plugin = facility.plugin();
    const once = new Client({ connection, plugins: [plugin] });
    const mine: ScheduleOptions = facility.options({ workflowType: 'plugin' });
    await once.schedule.create(mine);
    const job = { ...facility.options({ workflowType: 'ensured' }), expectedDuration: '4m', why: 'because' };
    assert.equal((await plugin.schedules(once).ensure(job)).did, 'created');
    const handle = client.schedule.getHandle(job.scheduleId);
    await handle.update((was) => ({ ...was, spec: { cronExpressions: ['9 * * * *'] } }));
    const { rows } = await facility.pool.query<{ ms: string; why: string }>(
      `SELECT expected_duration_ms AS ms, job->>'why' AS why FROM "${facility.schema}".schedules
       WHERE schedule_id = $1 AND state = 2`,
      [job.scheduleId],
    );
    assert.deepEqual(rows, [{ ms: '240000', why: 'because' }]);
  });

  it('one line is written for a refusal: names and codes, no text of the request', () => {
    const refusals = guard.lines.filter((line) => line.startsWith('guard: refused'));
    assert.ok(refusals.length > 5);
    for (const line of refusals)
      assert.match(
        line,
        /^guard: refused: (same-times|invalid) (Create|Update)Schedule namespace="default" schedule="schedule_\w+" code=[39]( other="schedule_\w+")?$/,
      );
  });
});

const JSON_PLAIN = { encoding: Buffer.from('json/plain') };

/** The gRPC error in an error of the SDK. */
function causeOf(error: unknown): { readonly code: number; readonly details: string } {
  const { cause = error } = error as { cause?: unknown };
  return cause as { code: number; details: string };
}
