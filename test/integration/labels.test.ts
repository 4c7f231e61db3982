import { Client, Connection } from '@temporalio/client';
import { InvalidOptionError, type Idempotency, type OncePlugin } from '../../src';
import { assert } from '../helpers/assert';
import { Commands } from '../helpers/command';
import { until } from '../helpers/services';
import { effectsOf, Jobs } from './support/occurrences';
import { DATABASE_URL, randomId, REDIS_URL, TEMPORAL_ADDRESS, World } from './support/world';

interface Listed {
  readonly records: { readonly key: string; readonly label?: string; readonly state: string }[];
  readonly starts: { readonly key: string; readonly label?: string; readonly state: string }[];
}

describe('[integration] labels of starts and of runs of schedules', function () {
  this.timeout(180_000);
  let world: World;
  let once: OncePlugin;
  let connection: Connection;
  let client: Client;
  let service: Idempotency;
  let commands: Commands;
  before(async () => {
    world = await World.open();
    once = world.plugin();
    connection = await Connection.connect({ address: TEMPORAL_ADDRESS });
    client = new Client({ connection, plugins: [once] });
    service = await once.idempotency();
    commands = new Commands({ DATABASE_URL, REDIS_URL, TEMPORAL_ADDRESS });
  });
  after(async () => {
    commands?.close();
    await once?.close();
    await connection?.close();
    await world?.close();
  });

  const ask = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await commands.direct('temporal-once', [...args, '--schema', world.schema]);
    assert.equal(code, 0, err);
    return out;
  };
  const listed = async (label: string): Promise<Listed> =>
    JSON.parse(await ask('keys', 'list', '--label', label, '-o', 'json')) as Listed;
  const startsInStore = async (): Promise<number> =>
    Number(
      (await world.pool.query<{ n: string }>(`SELECT count(*) AS n FROM "${world.schema}".starts`)).rows[0]
        ?.n,
    );

  it('a start is found by its label while it is open, and its outcome afterwards', async () => {
    await world.during({ plugins: [] }, async (taskQueue) => {
      const id = randomId('order');
      const label = `order ${id}`;
      const options = await once.startOptions('endsWith', {
        taskQueue,
        args: [id],
        idempotency: { key: id, label: (order: string) => `order ${order}` },
      });
      const handle = await client.workflow.start('endsWith', options);
      const key = `1/default/global/workflow:endsWith/${id}`;
      const found = await listed(label);
      // Whether its end is known already is for the worker to say.
      const one = [...found.starts, ...found.records];
      assert.deepEqual(
        one.map((each) => [each.key, each.label]),
        [[key, label]],
      );
      assert.match(await ask('keys', 'show', key), new RegExp(`label +${label}`));
      await handle.result();
      const after = await listed(label);
      assert.deepEqual(
        after.records.map((each) => [each.key, each.label, each.state]),
        [[key, label, 'completed']],
      );
      assert.deepEqual(after.starts, []);
      const shown = await ask('keys', 'show', key);
      assert.equal(shown.match(/^label /gm)?.length, 1, shown);
    });
  });

  it('an open start is listed by label and by workflow, and shown with its label', async () => {
    // Nobody works on this queue: the workflow stays open.
    const id = randomId('waits');
    const options = await once.startOptions('endsWith', {
      taskQueue: randomId('nobody'),
      args: [id],
      idempotency: { key: id, label: 'waits for a worker' },
    });
    const handle = await client.workflow.start('endsWith', options);
    try {
      const { records, starts } = await listed('waits for a worker');
      assert.deepEqual(
        [records, starts.map(({ state, label }) => [state, label])],
        [[], [['open', 'waits for a worker']]],
      );
      const text = await ask('keys', 'show', '--workflow', handle.workflowId);
      assert.match(text, /open.*waits for a worker/);
      assert.ok(!text.includes('No record'), text);
      assert.match(await ask('keys', 'show', starts[0]?.key as string), /label +waits for a worker/);
    } finally {
      await handle.terminate();
    }
  });

  it('what is no label, and a function that throws, is refused before anything is started', async () => {
    const before = await startsInStore();
    const bad: unknown[] = [
      '',
      'x'.repeat(201),
      'a\nb',
      7,
      () => 'é'.repeat(101),
      () => {
        throw new TypeError('of the arguments: secret');
      },
      () => Promise.resolve('late'),
    ];
    for (const label of bad) {
      const id = randomId('bad');
      const idempotency = { key: id, label } as never;
      const refused = (error: unknown): boolean =>
        error instanceof InvalidOptionError && error.option === 'label' && !error.message.includes('secret');
      await assert.rejects(
        once.startOptions('endsWith', { taskQueue: 'q', args: [id], idempotency }),
        refused,
      );
      const scheduleId = randomId('bad');
      await assert.rejects(
        client.schedule.create({
          scheduleId,
          spec: { intervals: [{ every: '1h' }] },
          action: { type: 'startWorkflow', workflowType: 'job', taskQueue: 'q', args: [id] },
          idempotency: { once: 'occurrence', label } as never,
        }),
        (error: unknown) => error instanceof InvalidOptionError && !error.message.includes('secret'),
      );
      await assert.rejects(client.schedule.getHandle(scheduleId).describe());
    }
    assert.equal(await startsInStore(), before);
  });

  it('runs of a schedule are found by the label of their schedule, a function of its arguments too', async () => {
    const jobs = new Jobs(world, client);
    try {
      await world.during({ activities: effectsOf(world), plugins: [world.plugin()] }, async (queue) => {
        const name = randomId('nightly');
        const hourly = await jobs.create(queue, 'job', [name], {
          idempotency: { once: 'occurrence', label: ((of: string) => `job ${of}`) as never },
        });
        await (await hourly.backfill()).result();
        await until(async () => (await listed(`job ${name}`)).records.length === 1, 30_000);
        const [record] = (await listed(`job ${name}`)).records;
        assert.deepEqual([record?.state, record?.label], ['completed', `job ${name}`]);
        assert.equal((await service.byHand().life(record?.key as string))?.record?.owner['label'], undefined);
      });
    } finally {
      await jobs.delete();
    }
  });
});
