import { execFile, spawn, type ExecFileException } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Idempotency } from '../../src';
import { assert } from '../helpers/assert';
import { forEachScheduler } from '../helpers/schedulers';
import { dropSchema, env, need, until } from '../helpers/services';
import { PlanWorld } from './support/plans';
import { DATABASE_URL, randomId } from './support/world';

const MAIN = join(__dirname, '..', '..', 'src', 'cli', 'plan', 'main.js');

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

forEachScheduler('[integration] temporal schedule plan diff, apply, drift, prune', function (scheduler) {
  this.timeout(90_000);
  const schema = randomId('once_test');
  let folder: string;
  let world: PlanWorld;
  before(async function () {
    need(this, 'DATABASE_URL', 'ONCE_TEMPORAL_BIN');
    folder = mkdtempSync(join(tmpdir(), 'once-plan-'));
    await Idempotency.migrate({ postgres: DATABASE_URL, schema });
    world = await PlanWorld.open(scheduler.address());
  });
  after(async () => {
    await world?.close();
    if (folder === undefined) return;
    rmSync(folder, { recursive: true, force: true });
    await dropSchema(schema);
  });

  const environment = (): NodeJS.ProcessEnv => ({
    ...process.env,
    DATABASE_URL,
    TEMPORAL_ADDRESS: scheduler.address(),
  });
  function exec(program: string, args: readonly string[], change: NodeJS.ProcessEnv = {}): Promise<Ran> {
    return new Promise((resolve) => {
      const options = { env: { ...environment(), ...change }, timeout: 60_000 };
      const child = execFile(program, args, options, (error, out, err) => {
        const { code } = (error ?? { code: 0 }) as ExecFileException;
        resolve({ code: typeof code === 'number' ? code : 1, out, err });
      });
      child.stdin?.end();
    });
  }
  const plan = (command: string, ...args: string[]) =>
    exec(process.execPath, [MAIN, command, ...args, ...(command === 'export' ? [] : ['--schema', schema])]);
  const stock = (...args: string[]) => exec(env('ONCE_TEMPORAL_BIN'), ['schedule', ...args]);

  function write(name: string, jobs: Record<string, object>): string {
    const file = join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify({ version: 1, plan: name, jobs }));
    return file;
  }
  function job(change: object = {}): { id: string; [field: string]: unknown } {
    const workflow = {
      type: 'count',
      taskQueue: 'nobody',
      args: [{ days: 7, note: `it's "x"` }],
      executionTimeout: '4m',
    };
    return {
      id: world.id(),
      why: `Counts; at :07, away from the quarters.`,
      cron: '7,37 * * * *',
      timezone: 'Europe/Berlin',
      jobType: randomId('type'),
      workflow,
      catchupWindow: '5m',
      ...change,
    };
  }

  it('five processes at once make one schedule each, without an error, and change each once', async () => {
    const name = randomId('plan');
    const [a, b] = [job(), job({ cron: '12 * * * *' })];
    const five = async (file: string): Promise<Ran[]> =>
      Promise.all(Array.from({ length: 5 }, () => plan('apply', file, '-o', 'json')));
    const ran = await five(write(name, { a, b }));
    assert.deepEqual(
      ran.map(({ code, err }) => `${code}${err}`),
      Array(5).fill('0'),
    );
    const created = ran.flatMap(({ out }) => JSON.parse(out) as { did: string }[]);
    assert.equal(created.filter(({ did }) => did === 'created').length, 2);
    const before = await world.server.find(a.id);
    const changed = await five(write(name, { a: { ...a, cron: '8 * * * *' }, b }));
    assert.deepEqual(
      changed.map(({ code, err }) => `${code}${err}`),
      Array(5).fill('0'),
    );
    const after = await world.server.find(a.id);
    const version = (token?: Uint8Array): bigint =>
      scheduler.name === 'newer'
        ? Buffer.from(token!).readBigInt64LE()
        : Buffer.from(token!).readBigInt64BE();
    assert.equal(version(after?.conflictToken) - version(before?.conflictToken), 1n);
  });

  it('with the stock command line: every command works on what apply made; drift tells, apply puts it back', async () => {
    const name = randomId('plan');
    const a = job();
    const file = write(name, { a });
    assert.equal((await plan('apply', file)).code, 0);
    assert.equal((await plan('drift', file)).code, 0);
    for (const command of [
      ['describe', '-s', a.id],
      ['trigger', '-s', a.id],
      [
        'backfill',
        '-s',
        a.id,
        '--start-time',
        '2026-01-01T00:00:00Z',
        '--end-time',
        '2026-01-01T01:00:00Z',
        '--overlap-policy',
        'AllowAll',
      ],
      ['toggle', '-s', a.id, '--pause', '--reason', 'looking'],
    ])
      assert.equal((await stock(...command)).code, 0, command.join(' '));
    const hour = Date.parse('2026-01-01T00:00:00Z');
    await until(async () => (await world.startedBy(a.id)).size >= 3, 20_000);
    const by = await world.startedBy(a.id);
    assert.deepEqual([by.get(hour + 7 * 60_000), by.get(hour + 37 * 60_000), by.size], [[a.id], [a.id], 3]);
    await until(async () => (await stock('list', '-o', 'json')).out.includes(a.id), 20_000);
    const paused = await plan('drift', file);
    assert.deepEqual(
      [paused.code, /paused: false → true/.test(paused.out)],
      [1, true],
      paused.out + paused.err,
    );
    assert.equal((await stock('toggle', '-s', a.id, '--unpause', '--reason', 'done')).code, 0);
    assert.equal((await plan('drift', file)).code, 0);
    const update = [
      'update',
      '-s',
      a.id,
      '--cron',
      '9 * * * *',
      '--type',
      'other',
      '--task-queue',
      'nobody',
      '-w',
      a.id,
    ];
    assert.equal((await stock(...update)).code, 0);
    const drifted = await plan('drift', file, '-o', 'json');
    assert.equal(drifted.code, 1);
    const [found] = JSON.parse(drifted.out) as { fields: { field: string }[] }[];
    for (const field of ['spec', 'workflow.type', 'workflow.args', 'why', 'catchupWindow'])
      assert.ok(
        found?.fields.some((one) => one.field === field),
        field,
      );
    assert.equal((await plan('diff', file, '--fail-on-difference')).code, 1);
    assert.equal((await plan('apply', file)).code, 0);
    assert.equal((await plan('diff', file, '--fail-on-difference')).code, 0);
    assert.equal((await plan('drift', file)).code, 0);
    assert.equal((await stock('delete', '-s', a.id)).code, 0);
    assert.match((await plan('drift', file)).out, /deleted/);
    assert.match((await plan('apply', file)).out, /^created/);
  });

  it('export: what its commands create with the stock command line is the plan, but for whose it is; import takes it over', async () => {
    const name = randomId('plan');
    const jobs = {
      a: job({ why: `A long why: ${'it is so. '.repeat(40)}`, pauseOnFailure: true, jitter: '90s' }),
      b: job({
        cron: undefined,
        every: '27m',
        offset: '1m',
        timezone: undefined,
        overlap: 'BufferOne',
        paused: true,
      }),
      c: job({ cron: ['5 9 * * MON-FRI', '0 30 3 1 * * 2031'], startAt: '2030-01-01T00:00:00Z' }),
    };
    const file = write(name, jobs);
    const exported = await plan('export', file);
    assert.equal(exported.code, 0, exported.err);
    const bin = env('ONCE_TEMPORAL_BIN');
    for (const line of exported.out.trim().split(/\n(?=temporal )/)) {
      const made = await exec('sh', ['-c', line.replace(/^temporal/, bin)]);
      assert.equal(made.code, 0, made.err);
    }
    const foreign = await plan('apply', file);
    assert.equal(foreign.code, 1);
    assert.match(foreign.err, /belongs to no plan/);
    const imported = await plan('import', name, ...Object.values(jobs).map(({ id }) => id));
    assert.equal(imported.code, 0, imported.err);
    const taken = join(folder, `${name}.imported.yaml`);
    writeFileSync(taken, imported.out);
    for (const one of [file, taken]) {
      const same = await plan('diff', one, '--fail-on-difference');
      assert.equal(same.code, 0, same.out + same.err);
    }
  });

  it('what was changed by hand is taken into the plan by import, or put back by apply', async () => {
    const name = randomId('plan');
    const [a, b] = [job(), job({ cron: '13 * * * *' })];
    const file = write(name, { a, b });
    assert.equal((await plan('apply', file)).code, 0);
    for (const { id } of [a, b]) {
      const flags = ['--interval', '45m', '--type', 'other', '--task-queue', 'nobody', '-w', `${id}-other`];
      const { code, err } = await stock('update', '-s', id, ...flags, '--overlap-policy', 'BufferAll');
      assert.equal(code, 0, err);
    }
    const drifted = await plan('drift', file);
    assert.equal(drifted.out.match(/^\S+ changed$/gm)?.length, 2, drifted.out);
    const imported = await plan('import', name, a.id);
    assert.equal(imported.code, 0, imported.err);
    const left = JSON.parse((await plan('drift', file, '-o', 'json')).out) as { id: string }[];
    assert.deepEqual(
      left.map(({ id }) => id),
      [b.id],
    );
    const taken = join(folder, `${name}.taken.yaml`);
    writeFileSync(taken, imported.out);
    // The command line took the rationale away: that, the plan has to say anew.
    const same = await plan('diff', taken, '-o', 'json');
    const steps = JSON.parse(same.out) as { kind: string; id: string; changes?: { field: string }[] }[];
    assert.deepEqual(
      steps.map(({ kind, id, changes = [] }) => [kind, id, ...changes.map(({ field }) => field)]),
      [
        ['update', a.id, 'why'],
        ['prune', b.id],
      ],
    );
    const applied = await plan('apply', file);
    assert.match(applied.out, new RegExp(`^updated ${a.id}.*\nupdated ${b.id}`));
    assert.equal((await plan('drift', file)).code, 0);
    assert.equal((await plan('diff', file, '--fail-on-difference')).code, 0);
  });

  it('a schedule whose header a newer version wrote is reported, with that version, and left alone; the others go on', async () => {
    const name = randomId('plan');
    const [a, b, c] = [
      job({ expiresAfter: '10m' }),
      job({ cron: '14 * * * *' }),
      job({ cron: '15 * * * *' }),
    ];
    assert.equal((await plan('apply', write(name, { a, b, c }))).code, 0);
    for (const { id } of [a, c]) {
      const live = (await world.server.find(id))!;
      const header = {
        fields: {
          __temporal_once: {
            metadata: { encoding: Buffer.from('json/plain') },
            data: Buffer.from(JSON.stringify({ v: 99 })),
          },
        },
      };
      await world.server.update(live, {
        ...live.schedule,
        action: { startWorkflow: { ...live.schedule.action?.startWorkflow, header } },
      });
    }
    const file = write(name, { a: { ...a, why: 'Otherwise.' }, b: { ...b, why: 'Otherwise.' } });
    for (const command of [['diff'], ['apply', '--dry-run'], ['drift'], ['prune', '--yes'], ['apply']]) {
      const { code, out, err } = await plan(command[0]!, file, ...command.slice(1));
      assert.equal(code, 1, command[0]);
      const id = command[0] === 'prune' ? c.id : a.id;
      assert.match(out, new RegExp(`${id}.*version 99, this one knows up to 1. Upgrade`), command[0]! + err);
    }
    assert.match((await plan('apply', file)).out, new RegExp(`unchanged ${b.id}`));
    assert.equal((await world.server.find(b.id))?.action.summary, 'Otherwise.');
    const imported = await plan('import', name, a.id, b.id);
    assert.equal(imported.code, 1);
    assert.match(imported.err, new RegExp(`schedule ${a.id} can not be read: .*version 99`));
    assert.match(imported.out, new RegExp(b.id));
    for (const { id } of [a, c]) {
      const { schedule } = await world.client.workflowService.describeSchedule({
        namespace: 'default',
        scheduleId: id,
      });
      const { header, userMetadata } = schedule!.action!.startWorkflow!;
      assert.match(Buffer.from(header!.fields!['__temporal_once']!.data!).toString(), /99/);
      assert.match(Buffer.from(userMetadata!.summary!.data!).toString(), /^"Counts/);
    }
  });

  it('a namespace that is not there is said, and no schedule taken for a missing one', async () => {
    const file = write(randomId('plan'), { a: job() });
    for (const command of ['diff', 'apply']) {
      const { code, out, err } = await plan(command, file, '--namespace', 'not-there');
      assert.deepEqual([code, out], [1, ''], command);
      assert.match(err, /not-there/, command);
    }
  });

  it('prune deletes what only this plan owns, asks for --yes in a script, and leaves strangers alone', async () => {
    const name = randomId('plan');
    const [a, b, stranger] = [job(), job({ cron: '11 * * * *' }), world.id()];
    assert.equal((await plan('apply', write(name, { a, b }))).code, 0);
    await stock('create', '-s', stranger, '--cron', '1 1 * * *', '--type', 't', '-t', 'nobody', '-w', 'w');
    const less = write(name, { a });
    const asked = await plan('prune', less);
    assert.deepEqual([asked.code, /--yes/.test(asked.err)], [2, true]);
    assert.ok(await world.server.find(b.id));
    assert.equal((await plan('prune', less, '--yes')).out, `deleted ${b.id}\n`);
    assert.equal(await world.server.find(b.id), undefined);
    assert.ok((await world.server.find(a.id)) && (await world.server.find(stranger)));
    // A row of the plan, and a schedule of that id that somebody made anew by hand: not the plan's.
    await stock('delete', '-s', a.id);
    await stock('create', '-s', a.id, '--cron', '1 1 * * *', '--type', 't', '-t', 'nobody', '-w', 'w');
    assert.match((await plan('prune', write(name, { b }), '--yes')).out, new RegExp(`kept ${a.id}`));
    assert.ok(await world.server.find(a.id));
  });

  it('killed anywhere while a schedule is succeeded, the next apply ends it', async () => {
    const name = randomId('plan');
    // Half an hour from now: nobody takes a run, and the old schedule would wait for it.
    const a = job({ cron: undefined, every: '1h', offset: `${(new Date().getUTCMinutes() + 30) % 60}m` });
    assert.equal((await plan('apply', write(name, { a }))).code, 0);
    const id = world.id();
    const file = write(name, { a: { ...a, id } });
    for (const afterMs of [600, 900, 1_300]) {
      const args = [MAIN, 'apply', file, '--schema', schema, '--lead', '4s'];
      const child = spawn(process.execPath, args, { env: environment(), stdio: 'ignore' });
      await sleep(afterMs);
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    const ended = await plan('apply', file, '--lead', '4s');
    assert.equal(ended.code, 0, ended.err);
    assert.equal(await world.server.find(a.id), undefined);
    assert.equal((await world.server.find(id))?.spec.startAtMs, undefined);
    assert.equal((await plan('diff', file, '--fail-on-difference')).code, 0);
  });

  it('a plan that does not hold, and a missing Postgres, are refused before anything is written', async () => {
    const a = job({ tenant: 't', resource: 'r', expectedDuration: '5m' });
    const b = job({ tenant: 't', resource: 'r', expectedDuration: '5m', cron: '9 * * * *' });
    const file = write(randomId('plan'), { a, b });
    const refused = await plan('apply', file);
    assert.deepEqual([refused.code, /does not hold/.test(refused.err)], [1, true], refused.err);
    assert.equal(await world.server.find(a.id), undefined);
    const without = await exec(process.execPath, [MAIN, 'diff', file], { DATABASE_URL: '' });
    assert.deepEqual([without.code, /--postgres/.test(without.err)], [2, true]);
  });
});
