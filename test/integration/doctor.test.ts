import { Pool } from 'pg';
import { Idempotency } from '../../src';
import { assert } from '../helpers/assert';
import { Commands, type Ran } from '../helpers/command';
import { need, randomName } from '../helpers/services';
import { CodecServer } from './support/codec-server';
import { DATABASE_URL, REDIS_URL, TEMPORAL_ADDRESS, World } from './support/world';

interface Report {
  readonly ok: boolean;
  readonly checks: { name: string; status: string; found: string; remedy?: string }[];
}

describe('[integration] doctor, and the grants of each role', () => {
  let world: World;
  let commands: Commands;
  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
    commands = new Commands({ DATABASE_URL, REDIS_URL, TEMPORAL_ADDRESS });
    world = await World.open();
  });
  after(async () => {
    commands?.close();
    await world?.close();
  });

  const direct = (args: readonly string[], change: NodeJS.ProcessEnv = {}): Promise<Ran> =>
    commands.direct('temporal-once', [...args, '--schema', world.schema, '--prefix', world.prefix], change);
  async function doctor(args: readonly string[] = [], change: NodeJS.ProcessEnv = {}): Promise<Report & Ran> {
    const ran = await direct(['doctor', '-o', 'json', ...args], change);
    return { ...ran, ...(JSON.parse(ran.out) as Report) };
  }
  const only = ({ checks }: Report, name: string) => {
    const found = checks.find((one) => one.name === name);
    assert.ok(found !== undefined, name);
    return found;
  };

  it('says what fails and what to do: no schema yet', async () => {
    const report = await doctor();
    assert.deepEqual([report.code, report.ok], [1, false]);
    const schema = only(report, 'schema');
    assert.equal(schema.status, 'fail');
    assert.match(schema.remedy ?? '', /temporal once migrate/);
  });

  it('all is well, with a codec server too', async () => {
    await (await world.service()).close();
    const server = await CodecServer.open('a');
    try {
      const report = await doctor(['--codec-endpoint', server.url, '--codec-auth', 'a']);
      assert.equal(report.code, 0, report.out);
      const names = [
        'node',
        'packages',
        'postgres',
        'schema',
        'redis',
        'clocks',
        'temporal',
        'namespace',
        'codec server',
      ];
      for (const name of names) assert.deepEqual([name, only(report, name).status], [name, 'ok'], report.out);
      const text = await direct(['doctor']);
      assert.match(text.out, /^ok {4}postgres +\d/m);
    } finally {
      await server.close();
    }
  });

  it('names what is away, and never a password', async () => {
    const away = await doctor([], { DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:1/none' });
    assert.equal(away.code, 1);
    assert.equal(only(away, 'postgres').status, 'fail');
    assert.ok(!away.out.includes('hunter2'), away.out);
    const redis = await doctor([], { REDIS_URL: 'redis://:hunter2@127.0.0.1:1' });
    assert.equal(only(redis, 'redis').status, 'fail');
    assert.ok(!redis.out.includes('hunter2'), redis.out);
    const temporal = await doctor(['--address', '127.0.0.1:1']);
    assert.equal(only(temporal, 'temporal').status, 'fail');
    assert.equal(only(await doctor(['-n', 'no-such-namespace']), 'namespace').status, 'fail');
    const none = await doctor(['--no-temporal'], { REDIS_URL: undefined });
    assert.deepEqual(
      [none.code, only(none, 'redis').status, only(none, 'temporal').status],
      [0, 'skip', 'skip'],
    );
  });

  describe('roles with the documented grants', () => {
    const roles: string[] = [];
    const password = 'least-privilege';
    let admin: Pool;
    before(() => (admin = new Pool({ connectionString: DATABASE_URL, max: 1 })));
    after(async () => {
      for (const role of roles) {
        await admin.query(`DROP OWNED BY "${role}"`);
        await admin.query(`DROP ROLE "${role}"`);
      }
      await admin.end();
    });
    const schema = () => `"${world.schema}"`;

    async function roleWith(statements: (role: string) => string[]): Promise<string> {
      const role = randomName('once_role');
      roles.push(role);
      await admin.query(`CREATE ROLE "${role}" LOGIN PASSWORD '${password}'`);
      await admin.query(`REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ${schema()} FROM PUBLIC`);
      for (const statement of statements(`"${role}"`)) await admin.query(statement);
      const url = new URL(DATABASE_URL);
      url.username = role;
      url.password = password;
      return url.href;
    }
    const common = (role: string): string[] => [
      `GRANT USAGE ON SCHEMA ${schema()} TO ${role}`,
      `GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${schema()} TO ${role}`,
      `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${schema()} TO ${role}`,
    ];
    const worker = (role: string): string[] => [
      ...common(role),
      `GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ${schema()} TO ${role}`,
      `REVOKE INSERT, UPDATE ON ${schema()}.audit FROM ${role}`,
    ];
    const operator = (role: string): string[] => [
      ...common(role),
      `GRANT SELECT ON ALL TABLES IN SCHEMA ${schema()} TO ${role}`,
      `GRANT UPDATE ON ${schema()}.records, ${schema()}.starts TO ${role}`,
      `GRANT INSERT, UPDATE ON ${schema()}.invalidations TO ${role}`,
      `GRANT INSERT ON ${schema()}.audit TO ${role}`,
    ];

    it('an operator looks, clears and is written down; claims nothing and changes no audit', async () => {
      const url = await roleWith(operator);
      const change = { DATABASE_URL: url };
      const report = await doctor(['--role', 'operator'], change);
      assert.equal(report.code, 0, report.out);
      const once = await world.service();
      const ops = await Idempotency.connect({
        postgres: url,
        redis: REDIS_URL,
        schema: world.schema,
      });
      try {
        const op = { type: 'charge', key: 'g-1' };
        await once.run(op, () => 1);
        const signed = ['--why', 'CASE', '--yes'];
        const cleared = await direct(
          ['keys', 'clear', '--type', 'charge', '--key', 'g-1', ...signed],
          change,
        );
        assert.equal(cleared.code, 0, cleared.err);
        assert.equal((await direct(['keys', 'list'], change)).code, 0);
        assert.equal((await direct(['stats'], change)).code, 0);
        assert.equal((await direct(['locks', 'list'], change)).code, 0);
        await world.pool.query(
          `UPDATE ${schema()}.records SET state = 1, ends_at = now() - interval '1 minute' WHERE key = $1`,
          [once.key(op)],
        );
        const rerun = await direct(['keys', 'rerun', once.key(op), ...signed], change);
        assert.equal(rerun.code, 0, rerun.err);
        const { rows } = await world.pool.query(`SELECT role FROM ${schema()}.audit`);
        assert.deepEqual(
          rows.map(({ role }: { role: string }) => role),
          [new URL(url).username, new URL(url).username],
        );
        await assert.rejects(
          ops.run({ type: 'charge', key: 'g-2' }, () => 1),
          /grant/i,
        );
        const mine = new Pool({ connectionString: url, max: 1 });
        for (const change of [
          "UPDATE {}.audit SET why = ''",
          'DELETE FROM {}.audit',
          'DELETE FROM {}.records',
        ])
          await assert.rejects(mine.query(change.replace('{}', schema())), /permission denied/);
        await mine.end();
      } finally {
        await ops.close();
        await once.close();
      }
    });

    it('a worker runs and clears, and signs nothing; doctor names the grants that are missing', async () => {
      const url = await roleWith(worker);
      assert.equal((await doctor([], { DATABASE_URL: url })).code, 0);
      const lacking = await doctor(['--role', 'operator'], { DATABASE_URL: url });
      assert.equal(lacking.code, 1);
      assert.match(only(lacking, 'grants (operator)').found, /lacks INSERT on audit$/);
      const upkeep = await doctor(['--role', 'upkeep'], { DATABASE_URL: url });
      assert.match(only(upkeep, 'grants (upkeep)').found, /lacks DELETE on/);
      const once = await Idempotency.connect({ postgres: url, schema: world.schema });
      try {
        const op = { type: 'charge', key: 'w-1', label: 'by a worker' };
        await once.run(op, () => 1);
        assert.equal((await once.clear(op)).previous, 'completed');
        await assert.rejects(once.byHand().clear(once.key(op), { who: 'w', why: 'w' }), /grant|permission/i);
      } finally {
        await once.close();
      }
    });
  });
});
