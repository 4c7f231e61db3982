import { spawn, type ChildProcess } from 'node:child_process';
import { once as event } from 'node:events';
import { join } from 'node:path';
import { Client, Connection, ScheduleOverlapPolicy } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { HEALTH_ATTRIBUTE, Idempotency, InvalidOptionError } from '../../src';
import type { HealthRound } from '../../src/activities/health';
import { healthSources } from '../../src/health-sources';
import { apply } from '../../src/schedules/apply';
import { assert } from '../helpers/assert';
import { dropSchema, freePort, need, until } from '../helpers/services';
import { jobOf, planOf } from './support/plans';
import { DATABASE_URL, randomId, TEMPORAL_ADDRESS, World } from './support/world';

const CHILD = join(__dirname, '..', 'helpers', 'children', 'health-worker.js');
const { INDEXED_VALUE_TYPE_KEYWORD_LIST } = temporal.api.enums.v1.IndexedValueType;

describe('[integration] rounds of health on a Schedule', function () {
  this.timeout(90_000);
  const schema = randomId('once_test');
  const namespace = randomId('health');
  let connection: Connection;
  let client: Client;
  let once: Idempotency;
  let child: ChildProcess;
  let metrics: string;
  let said = '';
  const scheduleIds: string[] = [];
  before(async function () {
    need(this, 'DATABASE_URL', 'TEMPORAL_ADDRESS');
    connection = await Connection.connect({ address: TEMPORAL_ADDRESS });
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    client = new Client({ connection, namespace });
    once = await Idempotency.connect({ postgres: DATABASE_URL, schema, migrate: true });
    await until(
      () => client.connection.operatorService.listSearchAttributes({ namespace }).then(() => true),
      30_000,
    );
    metrics = `127.0.0.1:${await freePort()}`;
    const given = { address: TEMPORAL_ADDRESS, namespace, schema, postgres: DATABASE_URL, metrics };
    child = spawn(process.execPath, [CHILD, JSON.stringify(given)], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
  });
  after(async () => {
    if (child !== undefined && child.exitCode === null) {
      child.kill('SIGTERM');
      await event(child, 'exit');
    }
    for (const id of scheduleIds) await client.schedule.getHandle(id).delete();
    await once?.close();
    await connection?.close();
    await dropSchema(schema);
  });

  /** Triggers a round and waits for it. */
  async function round(scheduleId: string): Promise<{ workflowId: string; result: HealthRound }> {
    const schedule = client.schedule.getHandle(scheduleId);
    const before = (await schedule.describe()).info.recentActions.length;
    await schedule.trigger(ScheduleOverlapPolicy.SKIP);
    let workflowId = '';
    await until(async () => {
      const { recentActions } = (await schedule.describe()).info;
      workflowId = recentActions[before]?.action.workflow.workflowId ?? '';
      return workflowId !== '';
    }, 20_000);
    return { workflowId, result: (await client.workflow.getHandle(workflowId).result()) as HealthRound };
  }
  async function gauge(name: string, label: string): Promise<number | undefined> {
    const text = await (await fetch(`http://${metrics}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${name}{`) && one.includes(label));
    return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')));
  }
  const found = (rule: string): Promise<number> =>
    client.workflow.count(`${HEALTH_ATTRIBUTE} = '${rule}'`).then(({ count }) => count);

  it('emit metrics, and set a search attribute where the namespace has it', async () => {
    const { owned, server } = healthSources(client, once.registered.store());
    const yearly = { spec: { cronExpressions: ['0 0 1 1 *'] } };
    const [paused, fine] = [jobOf(randomId('job'), yearly), jobOf(randomId('job'), yearly)];
    await apply(planOf(randomId('plan'), paused, fine), server, owned);
    scheduleIds.push(paused.id, fine.id);
    await client.schedule.getHandle(paused.id).pause('by hand');
    const installed = await once.installHealth(client, { every: '1h' });
    scheduleIds.push(installed.scheduleId);
    assert.match(installed.scheduleId, /^temporal-once-health\//);
    assert.deepEqual(
      [installed.did, (await once.installHealth(client, { every: '1h' })).did],
      ['created', 'unchanged'],
    );

    const { result: first } = await round(installed.scheduleId);
    assert.deepEqual(first, {
      healthy: false,
      schedules: 3,
      byRule: { paused: 1 },
      findings: [{ rule: 'paused', scheduleId: paused.id }],
      attribute: 'missing',
    });
    await until(() => said.includes(`search-attribute create --name ${HEALTH_ATTRIBUTE}`));
    assert.equal(await gauge('temporal_once_schedule_findings', 'rule="paused"'), 1);
    assert.equal(await gauge('temporal_once_schedule_findings', 'rule="missed"'), 0);
    assert.equal(await gauge('temporal_once_schedule_runs', 'fate="failed"'), 0);
    assert.equal(await gauge('temporal_once_schedule_checked', 'namespace='), 3);
    const ageSeconds =
      Date.now() / 1_000 - ((await gauge('temporal_once_schedule_check_time', 'namespace=')) ?? 0);
    assert.ok(ageSeconds >= 0 && ageSeconds < 60, `${ageSeconds}`);

    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: { [HEALTH_ATTRIBUTE]: INDEXED_VALUE_TYPE_KEYWORD_LIST },
    });
    await until(async () => (await found('paused')) === 0, 20_000);
    assert.equal((await round(installed.scheduleId)).result.attribute, 'ready');
    await until(async () => (await found('paused')) === 1, 20_000);
    await client.schedule.getHandle(paused.id).unpause('done');
    assert.equal((await round(installed.scheduleId)).result.healthy, true);
    await until(async () => (await found('healthy')) === 1, 20_000);
    assert.equal(
      await gauge('temporal_once_schedule_findings', 'rule="paused"'),
      0,
      'an alert ends by itself',
    );
  });

  it('their limits are checked at the door', async () => {
    const world = await World.open();
    try {
      assert.throws(() => world.plugin({ upkeep: { health: { window: '1s' } } }), InvalidOptionError);
      assert.throws(() => world.plugin({ upkeep: { health: { stuck: 0 } } }), InvalidOptionError);
      assert.throws(() => world.plugin({ upkeep: { health: { often: true } as never } }), InvalidOptionError);
    } finally {
      await world.close();
    }
  });
});
