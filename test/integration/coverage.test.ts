import { join } from 'node:path';
import { idempotent, type CoverageReport } from '../../src';
import { assert } from '../helpers/assert';
import { Commands } from '../helpers/command';
import { need, until } from '../helpers/services';
import { Children } from './support/children';
import { DATABASE_URL, REDIS_URL, TEMPORAL_ADDRESS, World } from './support/world';

interface Order {
  readonly id: string;
}

describe('[integration] coverage of activity types', function () {
  this.timeout(180_000);
  let world: World;
  const commands = new Commands({ DATABASE_URL, REDIS_URL, TEMPORAL_ADDRESS });
  beforeEach(async () => (world = await World.open()));
  afterEach(() => world.close());
  after(() => commands.close());

  const temporal = (...args: string[]) =>
    commands.temporal(['once', 'coverage', '--schema', world.schema, '--prefix', world.prefix, ...args]);

  const activities = {
    charge: idempotent({ key: (o: Order) => o.id, category: 'critical' }, async (o: Order) => o.id),
    echo: async (text: string): Promise<string> => text,
    bare: async (): Promise<string> => 'bare',
    idle: async (): Promise<string> => 'idle',
  };
  const only = (report: CoverageReport, type: string) => {
    const [one, ...more] = report.types.filter((each) => each.type === type);
    assert.ok(one !== undefined && more.length === 0, type);
    return one;
  };

  it('a plugin tells of its own workers: what is said, by whom, and what was seen', async () => {
    const once = world.plugin({ activities: { bare: false } });
    await world.during({ activities, plugins: [once] }, async (queue) => {
      await world.execute('call', queue, ['charge', [{ id: 'o-1' }], { retry: { maximumAttempts: 7 } }]);
      await world.execute('call', queue, ['bare', []]);
      const asked = { idempotency: { key: 'secret-key', ttl: '3h', scope: { tenant: 'acme' } } };
      await world.execute('call', queue, ['echo', ['x'], asked]);
      const report = once.coverage();
      assert.equal(report.percentProtected, 75);
      assert.deepEqual(report.taskQueues, [
        { namespace: 'default', taskQueue: queue, types: 4, protected: 3 },
      ]);
      const charge = only(report, 'charge');
      assert.equal(charge.protection, 'once');
      assert.deepEqual([charge.policySource.key, charge.policySource.ttl], ['function', 'default']);
      assert.deepEqual([charge.runs, charge.unprotectedRuns], [1, 0]);
      assert.equal(charge.retry?.maximumAttempts, 7);
      assert.equal(charge.retry?.startToCloseMs, 20_000);
      const echo = only(report, 'echo');
      assert.equal(echo.policy.protection, 'attempts', 'what is said of it');
      assert.equal(echo.protection, 'once', 'as its call asked');
      assert.deepEqual(echo.calls, [
        { scope: 'tenant', key: 'given', ttl: '3h', source: 'workflow', runs: 1 },
      ]);
      assert.deepEqual([only(report, 'bare').protected, only(report, 'bare').unprotectedRuns], [false, 1]);
      assert.equal(only(report, 'idle').runs, 0);
    });
    assert.equal(only(once.coverage(), 'charge').runs, 1, 'after the worker too');
    const { rows } = await world.pool.query(`SELECT * FROM ${world.schema}.activity_types ORDER BY type`);
    assert.equal(rows.length, 4);
    assert.doesNotMatch(JSON.stringify(rows), /secret-key|acme|o-1/, 'no keys, no values, no payloads');
  });

  it('applied twice, the plugin sees a run once', async () => {
    const once = world.plugin();
    await world.during({ activities, plugins: [once, once] }, async (queue) => {
      await world.execute('call', queue, ['echo', ['x']]);
      assert.equal(only(once.coverage(), 'echo').runs, 1);
    });
  });

  it('the store shows workers of several processes, a killed one included, at once', async function () {
    need(this, 'DATABASE_URL');
    const children = [new Children(world), new Children(world)];
    try {
      const [first] = await Promise.all(children.map((one) => one.spawn()));
      const queues = children.map(({ taskQueue }) => taskQueue).sort();
      const service = await world.service();
      try {
        const seen = async () => (await service.coverage()).taskQueues.map(({ taskQueue }) => taskQueue);
        // Not after ten seconds: as soon as the worker runs.
        await until(async () => (await seen()).length === 2, 8_000);
        first?.kill('SIGKILL');
        assert.deepEqual(await seen(), queues);
        const transfer = (await service.coverage({ taskQueue: queues[0] })).types.find(
          ({ type }) => type === 'transfer',
        );
        assert.equal(transfer?.policy.transactional, true);
        assert.equal(transfer?.taskQueue, queues[0]);
      } finally {
        await service.close();
      }
    } finally {
      await Promise.all(children.map((one) => one.stop()));
    }
  });

  it('upkeep drops types that nobody spoke of for long, and no others', async () => {
    await world.during({ activities }, async () => undefined);
    const service = await world.service();
    try {
      await world.pool.query(
        `UPDATE ${world.schema}.activity_types SET said_at = now() - interval '31 days' WHERE type = 'idle'`,
      );
      assert.equal((await service.runUpkeep()).trimmed, 1);
      const types = (await service.coverage()).types.map(({ type }) => type);
      assert.deepEqual(types, ['bare', 'charge', 'echo']);
    } finally {
      await service.close();
    }
  });

  describe('the command, as `temporal once coverage`', () => {
    before(function () {
      need(this, 'ONCE_TEMPORAL_BIN', 'DATABASE_URL');
    });

    it('a table with what is unprotected and whose retry policy stands out; --fail-under both ways', async () => {
      const once = world.plugin({ activities: { bare: false } });
      const retry = { initialInterval: '50ms', backoffCoefficient: 1, maximumAttempts: 9 };
      const queue = await world.during({ activities, plugins: [once] }, async (taskQueue) => {
        for (const [name, options] of [['echo'], ['bare'], ['idle', { retry }]] as const) {
          await world.execute('call', taskQueue, [name, ['x'], options ?? {}]);
        }
        return taskQueue;
      });
      const said = await temporal('--fail-under', '75');
      assert.equal(said.code, 0, said.err);
      assert.match(
        said.out,
        /75 % of 4 types protected: 1 once, 2 across their own attempts; 1 unprotected\./,
      );
      assert.ok(said.out.includes(`unprotected: bare (${queue})`), said.out);
      assert.ok(said.out.includes(`outlier: idle (${queue}) has maximumAttempts 9, usual is 4`), said.out);
      assert.ok(!said.out.includes('\u001b['), 'no colours where nobody looks');
      const under = await temporal('--fail-under', '75.01');
      assert.equal(under.code, 1, under.err);
      assert.match(under.err, /75 % of 4 activity types are protected, wanted 75\.01 %.*bare/);
      const colored = await temporal('--color', 'always');
      assert.ok(colored.out.includes('\u001b['));
      const json = await temporal('-o', 'json', '--task-queue', queue);
      const report = JSON.parse(json.out) as CoverageReport;
      assert.equal(report.percentProtected, 75);
      assert.deepEqual(only(report, 'idle').outlier, [{ field: 'maximumAttempts', value: 9, usual: 4 }]);
      const lines = (await temporal('-o', 'jsonl')).out.trim().split('\n');
      assert.deepEqual(
        lines.map((line) => (JSON.parse(line) as { type: string }).type),
        ['bare', 'charge', 'echo', 'idle'],
      );
      assert.equal((await temporal('-o', 'none', '--fail-under', '100')).code, 1);
      const other = await temporal('-n', 'another', '--fail-under', '1');
      assert.equal(other.code, 1);
      assert.match(other.err, /no activity type is known/);
    });

    it('2 for what was asked wrongly', async () => {
      const wrong: [string[], RegExp][] = [
        [['--fail-under', '101'], /no percentage/],
        [['--fail-under', 'much'], /no percentage/],
        [['--since', '1m'], /at least 10m/],
        [['--module', '/nowhere.js'], /could not be loaded/],
        [['--module', '/nowhere.js', '--since', '1h'], /beside --module/],
      ];
      for (const [args, words] of wrong) {
        const { code, err } = await temporal(...args);
        assert.deepEqual([args, code], [args, 2], err);
        assert.match(err, words);
      }
    });

    it('--module: without worker, store or Postgres; options, a plugin, ESM, and a module that keeps something open', async () => {
      const index = JSON.stringify(join(__dirname, '..', '..', 'src'));
      const body = `const { idempotent, OncePlugin } = require(${index});
        exports.activities = { charge: idempotent({ key: 'k' }, async () => 1), plain: async () => 1, bare: async () => 1 };`;
      const none = { DATABASE_URL: undefined, REDIS_URL: undefined };
      const look = (path: string, ...more: string[]) =>
        commands.direct('temporal-once', ['coverage', '--module', path, '-o', 'json', ...more], none);
      const percent = async (path: string) => {
        const { code, out, err } = await look(path);
        assert.equal(code, 0, err);
        return (JSON.parse(out) as CoverageReport).percentProtected;
      };
      const options = commands.write(
        'options.cjs',
        `${body} exports.once = { activities: { bare: false } };`,
      );
      assert.equal(await percent(options), 66.66);
      assert.equal((await look(options, '--fail-under', '66')).code, 0);
      assert.equal((await look(options, '--fail-under', '67')).code, 1);
      const plugin = `${body} exports.once = new OncePlugin({ postgres: 'postgres://nowhere', default: false });`;
      assert.equal(await percent(commands.write('plugin.cjs', plugin)), 33.33);
      assert.equal(
        await percent(commands.write('alone.cjs', `${body} setInterval(() => undefined, 1000);`)),
        100,
      );
      const esm = `export const activities = { a: async () => 1 }; export const once = { default: false };`;
      assert.equal(await percent(commands.write('esm.mjs', esm)), 0);
      const empty = await look(commands.write('empty.cjs', ''));
      assert.equal(empty.code, 2);
      assert.match(empty.err, /no export `activities`/);
      const bad = await look(
        commands.write('bad.cjs', `${body} exports.once = { default: { nonsense: 1 } };`),
      );
      assert.equal(bad.code, 2);
      assert.match(bad.err, /once\.default\.nonsense/);
    });
  });
});
