import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { Idempotency } from '../../src';
import { plainBundle } from '../integration/support/bundle';
import { assert } from '../helpers/assert';
import { env, need, until } from '../helpers/services';
import { Facility } from '../registry/support';
import { GuardProcess, run, stock } from './support';

const MAIN = join(__dirname, '..', '..', 'src', 'cli', 'plan', 'main.js');

describe('[integration] guard: the process', function () {
  this.timeout(120_000);
  let folder: string;
  let facility: Facility;
  let flags: readonly string[];
  const path = (name: string): string => join(folder, name);

  before(async function () {
    need(this, 'DATABASE_URL', 'TEMPORAL_ADDRESS', 'ONCE_TEMPORAL_BIN', 'ONCE_OPENSSL_BIN');
    folder = mkdtempSync(join(tmpdir(), 'once-guard-'));
    facility = await Facility.open(env('TEMPORAL_ADDRESS'));
    await Idempotency.migrate({ postgres: env('DATABASE_URL'), schema: facility.schema });
    flags = ['--postgres', env('DATABASE_URL'), '--schema', facility.schema];
    certificates();
  });
  after(async () => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    await facility?.close();
  });

  /** A CA, a server that is called guard.test and 127.0.0.1, and a client. */
  function certificates(): void {
    const openssl = (...args: string[]): void =>
      void execFileSync(env('ONCE_OPENSSL_BIN'), args, { cwd: folder, stdio: 'ignore' });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    openssl(
      'req',
      '-x509',
      ...key,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-days',
      '2',
      '-subj',
      '/CN=test ca',
    );
    writeFileSync(path('server.cnf'), 'subjectAltName=DNS:guard.test,IP:127.0.0.1\n');
    writeFileSync(path('client.cnf'), 'extendedKeyUsage=clientAuth\n');
    for (const name of ['server', 'client']) {
      openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
      const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
      openssl(
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        ...signing,
        '-extfile',
        `${name}.cnf`,
        '-out',
        `${name}.pem`,
      );
    }
  }

  it('ends TLS and opens its own: certificates on both sides, to a server that is called otherwise', async () => {
    const listens = ['--listen-cert-path', path('server.pem'), '--listen-key-path', path('server.key')];
    const inner = await GuardProcess.start(env('TEMPORAL_ADDRESS'), [
      ...[...flags, ...listens],
      ...['--listen-client-ca-path', path('ca.pem')],
    ]);
    const outer = await GuardProcess.start(inner.address, [
      ...[...flags, ...listens],
      ...['--tls-ca-path', path('ca.pem'), '--tls-server-name', 'guard.test'],
      ...['--tls-cert-path', path('client.pem'), '--tls-key-path', path('client.key')],
    ]);
    try {
      const trusting = ['--tls-ca-path', path('ca.pem')];
      const listed = await stock(outer.address, 'workflow', 'list', ...trusting);
      assert.equal(listed.code, 0, listed.err);
      const create = [
        'schedule',
        'create',
        '--type',
        'tls',
        '-t',
        'nobody',
        '--cron',
        '4 4 * * *',
        '--paused',
      ];
      const memo = ['--schedule-memo', `tenant="${facility.tenant}"`];
      const [a, b] = [facility.id(), facility.id()];
      assert.equal((await stock(outer.address, ...create, ...memo, '-s', a, ...trusting)).code, 0);
      const refused = await stock(outer.address, ...create, ...memo, '-s', b, ...trusting);
      assert.match(refused.err, new RegExp(`schedule ${b} was not created: schedule ${a} does the same`));
      const connection = await Connection.connect({
        address: outer.address,
        tls: { serverRootCACertificate: readFileSync(path('ca.pem')) },
      });
      await connection.close();
      // Nobody without a certificate gets to the inner one, nor in plaintext to the outer one.
      const tls = { serverRootCACertificate: readFileSync(path('ca.pem')) };
      for (const [address, given] of [
        [inner.address, { tls }],
        [outer.address, {}],
      ] as const)
        await assert.rejects(Connection.connect({ address, ...given, connectTimeout: 1_500 }));
    } finally {
      await outer.stop();
      await inner.stop();
    }
  });

  it('a worker polls and runs through it, with a payload of 1.9 MB and with an API key', async () => {
    const guard = await GuardProcess.start(env('TEMPORAL_ADDRESS'), flags);
    const native = await NativeConnection.connect({ address: guard.address, apiKey: 'a-key', tls: false });
    const connection = await Connection.connect({ address: guard.address, apiKey: 'a-key', tls: false });
    try {
      const taskQueue = facility.id();
      const worker = await Worker.create({
        connection: native,
        taskQueue,
        workflowBundle: await plainBundle(),
        activities: { work: async (text: string) => text },
      });
      const client = new Client({ connection });
      await worker.runUntil(async () => {
        const payload = 'x'.repeat(1_900_000);
        const options = { taskQueue, workflowId: taskQueue, workflowExecutionTimeout: 20_000 };
        const args = ['work', [payload], { startToCloseTimeout: '10s' }];
        assert.equal(await client.workflow.execute('call', { ...options, args }), payload);
      });
    } finally {
      await connection.close();
      await native.close();
      await guard.stop();
    }
  });

  it('SIGTERM: it lets a call end, ends long polls when their time is over, and is gone with code 0', async () => {
    const guard = await GuardProcess.start(env('TEMPORAL_ADDRESS'), [...flags, '--drain', '1s']);
    // Without the SDK's own tries.
    const connection = await Connection.connect({ address: guard.address, interceptors: [] });
    try {
      const taskQueue = { name: facility.id(), kind: 1 };
      const poll = connection
        .withDeadline(Date.now() + 20_000, () =>
          connection.workflowService.pollActivityTaskQueue({
            namespace: 'default',
            taskQueue,
            identity: 'me',
          }),
        )
        .catch(({ code }: { code: number }) => code);
      await until(async () => {
        const { pollers } = await connection.workflowService.describeTaskQueue({
          ...{ namespace: 'default', taskQueue },
          // Of activities.
          taskQueueType: 2,
        });
        return pollers.some(({ identity }) => identity === 'me');
      });
      const startedAt = performance.now();
      guard.signal('SIGTERM');
      await until(() => guard.exitCode !== null, 30_000);
      assert.equal(guard.exitCode, 0);
      const tookMs = performance.now() - startedAt;
      assert.ok(tookMs > 900 && tookMs < 15_000, `${tookMs} ms`);
      // What it said last may come after its end.
      await until(() => /^guard: ended/.test(guard.lines.at(-1) ?? ''));
      assert.match(guard.lines.at(-2) ?? '', /^guard: SIGTERM: calls under way have 1s$/);
      assert.match(guard.lines.at(-1) ?? '', /^guard: ended; no schedule was created or changed$/);
      assert.equal(await poll, 14);
    } finally {
      await connection.close();
      await guard.stop();
    }
  });

  it('without a call under way it is gone at once', async () => {
    const guard = await GuardProcess.start(env('TEMPORAL_ADDRESS'), [...flags, '--drain', '60s']);
    try {
      assert.equal((await stock(guard.address, 'workflow', 'list')).code, 0);
      const startedAt = performance.now();
      guard.signal('SIGTERM');
      await until(() => guard.exitCode !== null, 30_000);
      assert.equal(guard.exitCode, 0);
      assert.ok(performance.now() - startedAt < 30_000);
    } finally {
      await guard.stop();
    }
  });

  it('a token of the guard: the stock command line sends it as API key', async () => {
    const token = 'a-token-of-the-guard';
    writeFileSync(path('tokens'), `an-older-token-of-it\n${token}\n`);
    const guard = await GuardProcess.start(env('TEMPORAL_ADDRESS'), [
      ...flags,
      '--token-file',
      path('tokens'),
    ]);
    try {
      const list = (...more: string[]) => stock(guard.address, 'workflow', 'list', '--tls=false', ...more);
      assert.equal((await list('--api-key', token)).code, 0);
      assert.match((await list()).err, /unauthenticated/);
    } finally {
      await guard.stop();
    }
  });

  it('others can connect only where that was said: exit code 2 before anything is opened', async () => {
    const guard = (...given: string[]) =>
      run(
        process.execPath,
        [MAIN, 'guard', '--upstream', '127.0.0.1:1', '--listen', '0.0.0.0:0', ...given],
        { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
        10_000,
      );
    writeFileSync(path('short'), 'short\n');
    writeFileSync(path('tokens'), 'a-token-of-the-guard\n');
    for (const [given, said] of [
      [[], /without TLS/],
      [['--allow-plaintext'], /by anybody/],
      [['--listen-cert-path', path('server.pem')], /goes with --listen-key-path/],
      [['--listen-client-ca-path', path('ca.pem')], /needs TLS/],
      [['--allow-plaintext', '--token-file', path('short')], /less than 16 characters/],
      [['--allow-plaintext', '--token-file', path('missing')], /can't be read \(ENOENT\)/],
      [['--allow-plaintext', '--allow-anonymous', '--drain', 'soon'], /is not a duration/],
      [['--allow-plaintext', '--allow-anonymous', '--listen', 'here'], /is not an address/],
    ] as const) {
      const { code, err } = await guard(...given);
      assert.equal(code, 2, `${given.join(' ')}: ${err}`);
      assert.match(err, said);
    }
  });
});
