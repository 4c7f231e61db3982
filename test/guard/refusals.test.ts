import { Client, Connection, ServiceError } from '@temporalio/client';
import { Idempotency } from '../../src';
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
});
