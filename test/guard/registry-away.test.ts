import { Client, Connection } from '@temporalio/client';
import { Idempotency } from '../../src';
import { assert } from '../helpers/assert';
import { env, need, until } from '../helpers/services';
import { Facility } from '../registry/support';
import { TcpProxy } from '../stores/tcp-proxy';
import { GuardProcess, stock, type Ran } from './support';

describe('[integration] guard: the registry and the server away', function () {
  this.timeout(90_000);
  let facility: Facility;
  let database: TcpProxy;
  let guard: GuardProcess;
  let flags: readonly string[];

  before(async function () {
    need(this, 'DATABASE_URL', 'TEMPORAL_ADDRESS', 'ONCE_TEMPORAL_BIN');
    facility = await Facility.open(env('TEMPORAL_ADDRESS'));
    await Idempotency.migrate({ postgres: env('DATABASE_URL'), schema: facility.schema });
    const url = new URL(env('DATABASE_URL'));
    database = await TcpProxy.to(url.hostname, Number(url.port || 5432));
    Object.assign(url, { hostname: '127.0.0.1', port: String(database.port) });
    flags = ['--postgres', String(url), '--schema', facility.schema];
    guard = await GuardProcess.start(env('TEMPORAL_ADDRESS'), flags);
  });
  after(async () => {
    await guard?.stop();
    await database?.cut();
    await facility?.close();
  });

  const create = (id: string, address = guard.address): Promise<Ran> =>
    stock(
      address,
      ...['schedule', 'create', '-s', id, '--type', id, '-t', 'nobody', '--cron', '3 3 * * *', '--paused'],
      ...['--schedule-memo', `tenant="${facility.tenant}"`],
    );

  it('without its registry it refuses creations at once and in words; the rest passes; when it is back they get through', async () => {
    const id = facility.id();
    assert.equal((await create(id)).code, 0);
    await database.cut();
    const startedAt = performance.now();
    const refused = await create(facility.id());
    const tookMs = performance.now() - startedAt;
    assert.equal(refused.code, 1);
    assert.match(refused.err, /was not created: the guard can't reach its registry, so nobody can tell/);
    assert.ok(tookMs < 9_000, `told after ${tookMs} ms`);
    for (const command of [
      ['schedule', 'list'],
      ['schedule', 'describe', '-s', id],
      ['schedule', 'toggle', '-s', id, '--unpause', '--reason', 'passes'],
      ['schedule', 'update', '-s', id, '--type', id, '-t', 'other', '--cron', '3 3 * * *'],
      ['workflow', 'list'],
    ]) {
      const ran = await stock(guard.address, ...command);
      assert.equal(ran.code, 0, `${command.join(' ')}: ${ran.err}`);
    }
    // Started while it is away, it serves workers all the same.
    const late = await GuardProcess.start(env('TEMPORAL_ADDRESS'), flags);
    try {
      assert.match(late.lines[0] ?? '', /^guard: the registry can't be reached, so schedules are refused/);
      assert.equal((await stock(late.address, 'workflow', 'list')).code, 0);
      assert.match((await create(facility.id(), late.address)).err, /can't reach its registry/);
      await database.mend();
      for (const address of [late.address, guard.address]) {
        const got = await create(facility.id(), address);
        assert.equal(got.code, 0, got.err);
      }
    } finally {
      await late.stop();
    }
  });

  it('killed between the server and the registry, the next creation finds what is there', async () => {
    const server = new URL(`http://${env('TEMPORAL_ADDRESS')}`);
    const wire = await TcpProxy.to(server.hostname, Number(server.port));
    const victim = await GuardProcess.start(`127.0.0.1:${wire.port}`, flags);
    const connection = await Connection.connect({ address: victim.address });
    try {
      const client = new Client({ connection });
      const options = facility.options({ workflowType: 'killed' });
      // The reply to the creation is lost; what the guard asks before it is not.
      await client.schedule.create(facility.options({ workflowType: 'looked before' }));
      wire.loseReplies();
      const lost = client
        .withDeadline(Date.now() + 3_000, () => client.schedule.create(options))
        .catch((error: unknown) => error);
      await until(() => facility.exists(options.scheduleId));
      victim.kill();
      await lost;
      assert.ok((await facility.liveIds()).includes(`${options.scheduleId} reserving`));
      const next = await Connection.connect({ address: guard.address });
      const refused = await new Client({ connection: next }).schedule
        .create(facility.options({ workflowType: 'killed' }))
        .catch((error: { cause: { code: number } }) => error.cause.code);
      await next.close();
      assert.equal(refused, 9);
      assert.ok((await facility.liveIds()).includes(options.scheduleId));
    } finally {
      await connection.close();
      await victim.stop();
      await wire.cut();
    }
  });

  it('the server away: UNAVAILABLE, as from the server itself, and back without a new start', async () => {
    const server = new URL(`http://${env('TEMPORAL_ADDRESS')}`);
    const wire = await TcpProxy.to(server.hostname, Number(server.port));
    const front = await GuardProcess.start(`127.0.0.1:${wire.port}`, flags);
    const connection = await Connection.connect({ address: front.address });
    try {
      const ask = (): Promise<number> =>
        connection
          .withDeadline(Date.now() + 1_500, () =>
            connection.workflowService.describeNamespace({ namespace: 'default' }),
          )
          .then(
            () => 0,
            ({ code }: { code: number }) => code,
          );
      await until(async () => (await ask()) === 0);
      await wire.cut();
      assert.ok([4, 14].includes(await ask()));
      await wire.mend();
      await until(async () => (await ask()) === 0);
    } finally {
      await connection.close();
      await front.stop();
      await wire.cut();
    }
  });
});
