import { assert } from '../helpers/assert';
import { Commands } from '../helpers/command';
import { need, until } from '../helpers/services';
import { DATABASE_URL, REDIS_URL, TEMPORAL_ADDRESS, World } from './support/world';

describe('[integration] the command, as `temporal once` through the Temporal CLI', function () {
  this.timeout(180_000);
  let world: World;
  const commands = new Commands({ DATABASE_URL, REDIS_URL, TEMPORAL_ADDRESS });
  before(async function () {
    need(this, 'ONCE_TEMPORAL_BIN', 'DATABASE_URL');
    world = await World.open();
  });
  after(async () => {
    await world?.close();
    commands.close();
  });

  const temporal = (args: string, change: NodeJS.ProcessEnv = {}) =>
    commands.temporal(['once', ...args.split(' ')], change);
  const direct = (args: string, change: NodeJS.ProcessEnv = {}) =>
    commands.direct('temporal-once', args.split(' '), change);
  const where = () => `--schema ${world.schema} --prefix ${world.prefix}`;

  it('migrate: applies what is missing, once; in words and in JSON', async () => {
    const first = await temporal(`migrate ${where()} -o json`);
    assert.equal(first.code, 0, first.err);
    const { applied } = JSON.parse(first.out) as { applied: string[] };
    assert.ok(applied.includes('000001_records.sql') && applied.includes('000002_upkeep.sql'), first.out);
    const second = await temporal(`migrate ${where()}`);
    assert.equal(second.out, `Schema ${world.schema} is up to date.\n`);
    assert.equal((await temporal(`migrate ${where()} -o none`)).out, '');
  });

  it('generation raise: asks, and without a terminal wants --yes', async () => {
    const refused = await temporal(`generation raise ${where()}`);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /--yes/);
    const raised = await temporal(`generation raise --yes ${where()} --output jsonl`);
    assert.equal(raised.code, 0, raised.err);
    const report = JSON.parse(raised.out) as { previous: string; generation: string; fence: string };
    assert.equal(report.previous, '1');
    assert.ok(BigInt(report.fence) > 10n ** 12n);
    const { rows } = await world.pool.query(`SELECT generation FROM ${world.schema}.store_meta`);
    assert.deepEqual(rows, [{ generation: report.generation }]);
  });

  it('upkeep run: one round without Temporal, Redis told of what it missed', async () => {
    const once = await world.service();
    try {
      await once.run({ type: 't', key: 'k' }, () => 1);
      await world.pool.query(
        `UPDATE ${world.schema}.records SET claimed_at = now() - interval '2 days', settled_at = now() - interval '2 days', ends_at = now() - interval '1 day'`,
      );
      await world.pool.query(
        `INSERT INTO ${world.schema}.invalidations (cache, key, fence) VALUES ('${world.prefix}', 'x', 1)`,
      );
    } finally {
      await once.close();
    }
    const { code, out, err } = await temporal(`upkeep run ${where()}`);
    assert.equal(code, 0, err);
    assert.match(out, /^Swept 1 records, trimmed 1 old rows, told Redis of 1 clears, 0 pending\.$/m);
    assert.doesNotMatch(out, /starts/);
  });

  it('upkeep run --starts: asks Temporal what became of starts, in its namespace', async () => {
    await (await world.service()).close();
    await world.pool.query(
      `INSERT INTO ${world.schema}.starts SELECT 'k-' || n, 1, n, 'never', gen_random_uuid(), gen_random_uuid(), 'workflow:t', NULL, 1000, now(), now(), NULL
       FROM unnest('{default,elsewhere}'::text[]) n`,
    );
    const { code, out, err } = await temporal(`upkeep run ${where()} --starts -n default`);
    assert.equal(code, 0, err);
    assert.match(out, /^Recorded 0 outcomes of starts, 1 are lost\. Read the runs of 0 schedules\.$/m);
    const asJson = await temporal(`upkeep run ${where()} --starts -n default -o json`);
    const { startOutcomes, startsLost } = JSON.parse(asJson.out) as Record<string, number>;
    assert.deepEqual([startOutcomes, startsLost], [0, 0]);
    const away = await direct(`upkeep run ${where()} --starts --address 127.0.0.1:1`);
    assert.equal(away.code, 1);
  });

  it('upkeep install: makes the schedule; the address by flag, variable or profile', async () => {
    const created = await temporal(`upkeep install ${where()} --every 1h -o json`);
    assert.equal(created.code, 0, created.err);
    const { scheduleId, did } = JSON.parse(created.out) as { scheduleId: string; did: string };
    try {
      assert.equal(did, 'created');
      const said = await temporal(
        `upkeep install ${where()} --every 1h --address ${TEMPORAL_ADDRESS} -n default`,
        {
          TEMPORAL_ADDRESS: '127.0.0.1:1',
        },
      );
      assert.match(said.out, /unchanged/, said.err);
      const profile = `[profile.mine]\naddress = "${TEMPORAL_ADDRESS}"\nnamespace = "default"\n`;
      const profiles = commands.write('temporal.toml', profile);
      const byProfile = await temporal(
        `upkeep install ${where()} --every 2h --profile mine --config-file ${profiles}`,
        { TEMPORAL_ADDRESS: undefined, TEMPORAL_NAMESPACE: undefined },
      );
      assert.match(byProfile.out, /updated/, byProfile.err);
    } finally {
      await world.client.schedule.getHandle(scheduleId).delete();
    }
  });

  it('trigger: a new occurrence, or one of the schedule’s own times', async () => {
    const scheduleId = `command-${world.schema}`;
    const action = {
      type: 'startWorkflow',
      workflowType: 'job',
      taskQueue: 'nobody',
      workflowId: scheduleId,
    } as const;
    const schedule = await world.client.schedule.create({
      scheduleId,
      spec: { intervals: [{ every: '1h' }] },
      action,
    });
    try {
      const asOf = await temporal(`trigger ${scheduleId} --as-of 2026-01-01T10:00:00+01:00 -o json`);
      assert.equal(asOf.code, 0, asOf.err);
      assert.deepEqual(JSON.parse(asOf.out), {
        scheduleId,
        asOf: '2026-01-01T09:00:00Z',
        overlap: 'ALLOW_ALL',
      });
      const now = await direct(`trigger ${scheduleId} --overlap BufferAll`);
      assert.match(now.out, /^Triggered schedule /, now.err);
      const of = world.client.workflow.getHandle(`${scheduleId}-2026-01-01T09:00:00Z`);
      await until(async () => (await of.describe()).status.name === 'RUNNING', 30_000);
      await of.terminate();
      for (const [args, said] of [
        ['trigger', /missing required argument/],
        [`trigger ${scheduleId}-unknown`, /no schedule .* is known/],
        [`trigger ${scheduleId} --as-of 2026-01-01T09:00:00`, /--as-of: is not acceptable/],
        [`trigger ${scheduleId} --as-of 2026-02-30T09:00:00Z`, /--as-of: is not acceptable/],
        [`trigger ${scheduleId} --as-of 2026-01-01T09:00:00.5Z`, /--as-of: is not acceptable/],
        [`trigger ${scheduleId} --as-of yesterday`, /--as-of: is not acceptable/],
        [`trigger ${scheduleId} --overlap never`, /--overlap: is unknown.*SKIP/],
      ] as const) {
        const { code, err } = await direct(args);
        assert.deepEqual([args, code], [args, 2], err);
        assert.match(err, said, args);
      }
      const elsewhere = await direct(`trigger ${scheduleId} -n no-such-namespace`);
      assert.equal(elsewhere.code, 1, elsewhere.err);
      assert.match(elsewhere.err, /namespace/i);
      assert.doesNotMatch(elsewhere.err, /no schedule/);
      const away = await direct(`trigger ${scheduleId} --address 127.0.0.1:1`);
      assert.equal(away.code, 1, away.err);
    } finally {
      await schedule.delete();
    }
  });

  it('exit codes: 2 for what was asked wrongly, with the remedy; 1 for what could not be done', async () => {
    const wrong: [string, RegExp, Record<string, string | undefined>?][] = [
      ['migrate', /--postgres: is missing.*DATABASE_URL/, { DATABASE_URL: undefined }],
      ['migrate --schema Not-Plain', /schema/],
      ['migrate --nonsense', /unknown option/],
      ['nonsense', /unknown command/],
      ['migrate -o yaml', /text, json, jsonl, none/],
      ['upkeep run --rest 3s', /at least 1m/],
      [`upkeep install ${where()} --every 1s`, /at least 10s/],
      [`upkeep install ${where()} --env prod`, /--profile/],
    ];
    for (const [args, said, change] of wrong) {
      const { code, err } = await direct(args, change);
      assert.deepEqual([args, code], [args, 2], err);
      assert.match(err, said, args);
    }
    const away = await direct(`upkeep run ${where()}`, { DATABASE_URL: 'postgres://127.0.0.1:1/none' });
    assert.equal(away.code, 1, away.err);
    assert.match(away.err, /Postgres could not be asked/);
    const unmigrated = await direct('upkeep run --schema never_migrated');
    assert.equal(unmigrated.code, 1, unmigrated.err);
    assert.match(unmigrated.err, /not|version/);
    assert.equal((await temporal('migrate --nonsense')).code, 2, 'passed on by the Temporal CLI');
  });

  it('knows every global flag of the Temporal CLI, which arrive in front of the sub-command', async () => {
    const flags =
      '--color never --log-level debug --log-format json --time-format iso --command-timeout 50s --client-connect-timeout 5s --no-json-shorthand-payloads --disable-config-file';
    const { code, err } = await temporal(`migrate ${where()} ${flags}`);
    assert.equal(code, 0, err);
    const help = await temporal('--help');
    assert.equal(help.code, 0);
    assert.match(help.out, /upkeep/);
  });
});
