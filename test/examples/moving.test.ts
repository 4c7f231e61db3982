import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import type { Pool } from 'pg';
import { adoptClosed } from '../../examples/moving/cut-over';
import { autoclose, escalate, scheduledReport } from '../../examples/moving/workflows';
import { assert } from '../helpers/assert';
import { TestProcess } from '../helpers/processes';
import { dropSchema, env, need, openPool, randomName } from '../helpers/services';
import { Idempotency } from '../../src';

const DATE = '2025-10-01';
const root = dirname(require.resolve('temporal-once/package.json'));

describe('[integration] the examples of docs/moving.md', function () {
  this.timeout(90_000);
  const onceSchema = randomName('once_test');
  const schema = randomName('once_moving');
  const workers: TestProcess[] = [];
  let pool: Pool;
  let connection: Connection;
  let client: Client;
  let once: Idempotency;

  before(async function () {
    need(this, 'DATABASE_URL', 'TEMPORAL_ADDRESS');
    pool = openPool();
    await pool.query(`CREATE SCHEMA ${schema}`);
    await pool.query(
      `CREATE TABLE ${schema}.tickets (id integer PRIMARY KEY, state text NOT NULL DEFAULT 'resolved', level integer NOT NULL DEFAULT 0)`,
    );
    await pool.query(`CREATE TABLE ${schema}.history (ticket_id integer NOT NULL, what text NOT NULL)`);
    await pool.query(
      `CREATE TABLE ${schema}.effects (what text NOT NULL, about text NOT NULL, key text NOT NULL)`,
    );
    await pool.query(`INSERT INTO ${schema}.tickets (id) SELECT * FROM generate_series(1, 9)`);
    connection = await Connection.connect({ address: env('TEMPORAL_ADDRESS') });
    client = new Client({ connection });
    once = await Idempotency.connect({
      postgres: env('DATABASE_URL'),
      redis: process.env['REDIS_URL'],
      schema: onceSchema,
      migrate: true,
    });
  });
  after(async () => {
    await Promise.all(workers.map((worker) => worker.kill()));
    await once?.close();
    await connection?.close();
    await pool?.end();
    await dropSchema(schema);
    await dropSchema(onceSchema);
  });

  async function spawn(taskQueue: string, dieIn?: 'mail' | 'render'): Promise<TestProcess> {
    const worker = TestProcess.start('moving-worker', { onceSchema, schema, taskQueue, dieIn });
    workers.push(worker);
    await worker.next('ready', 60_000);
    return worker;
  }

  let started = 0;
  const begin = (workflow: { name: string }, taskQueue: string, args: object): Promise<WorkflowHandle> =>
    client.workflow.start(workflow.name, {
      taskQueue,
      workflowId: `${schema}-${++started}`,
      args: [args],
      workflowExecutionTimeout: '80s',
    });
  const thrice = (workflow: { name: string }, args: object): Promise<unknown[]> =>
    Promise.all([1, 2, 3].map(async () => (await begin(workflow, 'moving-1', args)).result() as unknown));

  const texts = async (query: string): Promise<string[]> => {
    const { rows } = await pool.query<{ text: string }>(query);
    return rows.map(({ text }) => text);
  };
  const history = (ticketId: number): Promise<string[]> =>
    texts(`SELECT what AS text FROM ${schema}.history WHERE ticket_id = ${ticketId}`);
  const effects = (what: string, about: string): Promise<string[]> =>
    texts(`SELECT key AS text FROM ${schema}.effects WHERE what = '${what}' AND about LIKE '%${about}%'`);

  it('duplicates collapse: three of each, by different callers, are one', async () => {
    await spawn('moving-1');
    assert.deepEqual(await thrice(autoclose, { ticketId: 1, date: DATE }), [true, true, true]);
    assert.deepEqual(await history(1), [`closed by itself on ${DATE}`]);
    await thrice(escalate, { ticketId: 2, level: 1 });
    assert.deepEqual(await history(2), ['raised to 1']);
    assert.equal((await effects('mail', 'ticket 2')).length, 1);
    const path = '/reports/energy-2025-10-01.pdf';
    assert.deepEqual(await thrice(scheduledReport, { reportId: 'energy', date: DATE }), [path, path, path]);
    assert.equal((await effects('render', 'energy of')).length, 1);
    assert.equal((await effects('mail', 'energy-')).length, 1);
  });

  it('the next level and the next day are operations of their own', async () => {
    await (await begin(escalate, 'moving-1', { ticketId: 2, level: 2 })).result();
    assert.deepEqual(await history(2), ['raised to 1', 'raised to 2']);
    await (await begin(scheduledReport, 'moving-1', { reportId: 'energy', date: '2025-10-02' })).result();
    assert.equal((await effects('render', 'energy of')).length, 2);
  });

  it('what the old system did today is an outcome for the new one', async () => {
    const closed = [{ ticketId: 3, date: DATE }];
    assert.deepEqual([await adoptClosed(once, closed), await adoptClosed(once, closed)], [1, 0]);
    assert.equal(await (await begin(autoclose, 'moving-1', { ticketId: 3, date: DATE })).result(), true);
    assert.deepEqual(await history(3), [], 'nothing was done for it');
  });

  it('autoclose: a worker killed in the middle leaves nothing behind, and the next one closes once', async () => {
    const [killed] = [await spawn('moving-2')];
    const lock = await pool.connect();
    try {
      await lock.query('BEGIN');
      await lock.query(`SELECT 1 FROM ${schema}.tickets WHERE id = 4 FOR UPDATE`);
      const handle = await begin(autoclose, 'moving-2', { ticketId: 4, date: DATE });
      const key = '1/default/global/closeTicket/autoclose:4:2025-10-01';
      await untilRunning(() => once.lookup({ type: 'closeTicket', key: 'autoclose:4:2025-10-01' }), key);
      await killed.kill();
      await spawn('moving-2');
      await lock.query('COMMIT');
      assert.equal(await handle.result(), true);
    } finally {
      lock.release();
    }
    assert.deepEqual(await history(4), [`closed by itself on ${DATE}`]);
  });

  it('escalation: a worker killed after the mail: raised once, and the provider sees the same key again', async () => {
    const dying = await spawn('moving-3', 'mail');
    const handle = await begin(escalate, 'moving-3', { ticketId: 5, level: 1 });
    await dying.exited;
    await spawn('moving-3');
    await handle.result();
    assert.deepEqual(await history(5), ['raised to 1']);
    const keys = await effects('mail', 'ticket 5');
    assert.deepEqual([keys.length, new Set(keys).size], [2, 1]);
    const { counts } = await once.stats();
    assert.ok(
      counts.some(({ type, path }) => type === 'tellOnCall' && path === 'unknown_rerun'),
      'counted',
    );
  });

  it('report: a worker killed while it renders: rendered again, under the same path, mailed once', async () => {
    const dying = await spawn('moving-5', 'render');
    const handle = await begin(scheduledReport, 'moving-5', { reportId: 'waste', date: DATE });
    await dying.exited;
    await spawn('moving-5');
    assert.equal(await handle.result(), `/reports/waste-${DATE}.pdf`);
    assert.equal((await effects('render', 'waste of')).length, 2);
    assert.equal((await effects('mail', 'waste-')).length, 1);
  });

  it('report: a worker killed after the mail: rendered once for the day, mailed under one key', async () => {
    const dying = await spawn('moving-4', 'mail');
    const handle = await begin(scheduledReport, 'moving-4', { reportId: 'water', date: DATE });
    await dying.exited;
    await spawn('moving-4');
    const late = await begin(scheduledReport, 'moving-4', { reportId: 'water', date: DATE });
    assert.equal(await handle.result(), await late.result());
    assert.equal((await effects('render', 'water of')).length, 1);
    const keys = await effects('mail', 'water-');
    assert.deepEqual([keys.length, new Set(keys).size], [2, 1]);
  });

  it('docs/moving.md shows these files as they are', () => {
    const docs = readFileSync(join(root, 'docs/moving.md'), 'utf8');
    const shown = [...docs.matchAll(/```ts\n\/\/ (examples\/moving\/[a-z-]+\.ts)\n([\s\S]*?)```/g)];
    assert.ok(shown.length >= 4, `${shown.length} pieces of code`);
    // Lines are broken elsewhere where the indentation is another.
    const squeeze = (text: string): string => text.replace(/\s+/g, '').replace(/,(?=[)\]}]|$)/g, '');
    for (const [, file = '', code = ''] of shown) {
      const whole = squeeze(readFileSync(join(root, file), 'utf8'));
      for (const piece of code.split('// …\n'))
        assert.ok(whole.includes(squeeze(piece)), `${file}: ${piece}`);
    }
  });
});

async function untilRunning(look: () => Promise<{ state: string } | undefined>, what: string): Promise<void> {
  const end = performance.now() + 15_000;
  while ((await look())?.state !== 'running') {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
