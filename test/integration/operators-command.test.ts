import { spawn } from 'node:child_process';
import { defaultDataConverter } from '@temporalio/common';
import { idempotent, type Idempotency } from '../../src';
import { assert } from '../helpers/assert';
import { Commands, type Ran } from '../helpers/command';
import { need, randomName, until } from '../helpers/services';
import { CodecServer, maskingCodec } from './support/codec-server';
import { DATABASE_URL, REDIS_URL, TEMPORAL_ADDRESS, World } from './support/world';

const SECRET = 'plaintext-marker-77aa';
const ANSI = '\u001b[';

describe('[integration] keys, locks and counts by hand, through the command', function () {
  this.timeout(180_000);
  let world: World;
  let commands: Commands;
  let once: Idempotency;
  before(async function () {
    need(this, 'ONCE_TEMPORAL_BIN', 'DATABASE_URL', 'REDIS_URL');
    commands = new Commands({ DATABASE_URL, REDIS_URL, TEMPORAL_ADDRESS });
  });
  beforeEach(async () => {
    world = await World.open();
    once = await world.service({ redis: REDIS_URL, leaseMs: 9_000 });
  });
  afterEach(async () => {
    await once.close();
    await world.close();
  });
  after(() => commands?.close());

  const where = () => ['--schema', world.schema, '--prefix', world.prefix];
  const direct = (args: readonly string[], change: NodeJS.ProcessEnv = {}, stdin = ''): Promise<Ran> =>
    commands.direct('temporal-once', [...args, ...where()], change, stdin);
  async function json<T>(...args: string[]): Promise<T> {
    const { code, out, err } = await direct([...args, '-o', 'json']);
    assert.equal(code, 0, err);
    return JSON.parse(out) as T;
  }
  const signed = ['--why', 'CASE-7', '--who', 'ada', '--yes'];
  async function audit(): Promise<object[]> {
    const { rows } = await world.pool.query<object>(
      `SELECT who, why, action, key, previous FROM ${world.schema}.audit ORDER BY id`,
    );
    return rows;
  }

  it('keys show: derives, then looks up; payloads hidden unless revealed; through the Temporal CLI too', async () => {
    const op = { type: 'charge', key: 'order-42', scope: { tenant: 'acme', n: 7 }, args: [{ id: 42 }] };
    await once.run(op, () => ({ marker: SECRET }));
    const flags = ['--type', 'charge', '--key', 'order-42', '--scope', 'tenant=acme', '--scope', 'n:=7'];
    const derived = await json<{ key: string; fingerprint: string }>(
      ...['keys', 'derive', ...flags, '--args', '[{"id":42}]'],
    );
    assert.equal(derived.key, once.key(op));
    assert.equal(derived.fingerprint, (await once.lookup(op))?.fingerprint);
    const shown = await commands.temporal(['once', 'keys', 'show', ...flags, ...where()]);
    assert.equal(shown.code, 0, shown.err);
    assert.match(shown.out, /^state +completed, ends in 59m/m);
    assert.match(shown.out, /^outcome +\d+ bytes, hidden \(--reveal\)$/m);
    assert.ok(!shown.out.includes(SECRET) && !shown.out.includes(ANSI));
    const hidden = await direct(['keys', 'show', ...flags, '-o', 'json']);
    assert.ok(!hidden.out.includes(SECRET));
    const revealed = await json<{ record: { result: unknown } }>('keys', 'show', ...flags, '--reveal');
    assert.deepEqual(revealed.record.result, { marker: SECRET });
    const whole = await direct(['keys', 'show', derived.key, '--reveal', '--color', 'always']);
    assert.ok(whole.out.includes(SECRET) && whole.out.includes(ANSI));
    const free = await json<{ state: string }>('keys', 'show', '--type', 'charge', '--key', 'other');
    assert.equal(free.state, 'free');
    for (const [args, said] of [
      [['keys', 'show'], /key: is missing/],
      [['keys', 'show', '--type', 'charge', '--key', 'a', '--scope', 'Tenant'], /--scope: is not acceptable/],
      [['keys', 'show', '--type', 'charge', '--args', '{}'], /--args: is no list/],
      [['keys', 'list', '--state', 'gone'], /Allowed choices/],
      [['keys', 'list', '--limit', '0'], /--limit/],
      [['keys', 'list', '--after', 'x'], /after: is not where a page ended/],
    ] as const) {
      const { code, err } = await direct(args);
      assert.deepEqual([args, code], [args, 2], err);
      assert.match(err, said);
    }
  });

  it('keys list: by label and workflow, page after page', async () => {
    interface Order {
      readonly id: string;
    }
    const activities = {
      charge: idempotent(
        { key: (o: Order) => o.id, label: (o: Order) => `order ${o.id}` },
        async (o: Order) => o.id,
      ),
      echo: async (text: string) => text,
    };
    await world.during({ activities }, async (queue) => {
      await world.execute('call', queue, ['charge', [{ id: 'o-1' }]], 'w-labels');
      await world.execute('call', queue, [
        'echo',
        ['x'],
        { idempotency: { key: 'e', label: 'said by the workflow' } },
      ]);
    });
    interface Page {
      readonly records: { key: string; label?: string; owner: Record<string, string> }[];
      readonly next: string | null;
    }
    const byLabel = await json<Page>('keys', 'list', '--label', 'order o-1');
    assert.deepEqual(
      byLabel.records.map(({ key }) => key),
      ['1/default/global/charge/o-1'],
    );
    assert.equal((await json<Page>('keys', 'list', '--label', 'said by the workflow')).records.length, 1);
    const ofWorkflow = await json<Page>('keys', 'show', '--workflow', 'w-labels');
    assert.equal(ofWorkflow.records[0]?.owner['workflowId'], 'w-labels');
    assert.equal(ofWorkflow.records[0].owner['label'], undefined, 'a label is shown as one, nowhere else');
    for (let n = 0; n < 5; n++) await once.run({ type: 'page', key: `k-${n}` }, () => n);
    const seen: string[] = [];
    let after: string[] = [];
    for (let pages = 0; pages < 3; pages++) {
      const page = await json<Page>('keys', 'list', '--type', 'page', '--limit', '2', ...after);
      seen.push(...page.records.map(({ key }) => key.split('/').at(-1) as string));
      after = ['--after', page.next ?? ''];
    }
    assert.deepEqual(seen, ['k-4', 'k-3', 'k-2', 'k-1', 'k-0']);
    const lines = (await direct(['keys', 'list', '--type', 'page', '--all', '-o', 'jsonl'])).out
      .trim()
      .split('\n');
    assert.equal(lines.length, 5);
    for (const line of lines) assert.equal((JSON.parse(line) as { type: string }).type, 'page');
    assert.equal((await json<Page>('keys', 'list', '--type', 'page', '-n', 'elsewhere')).records.length, 0);
    await assert.rejects(
      once.run({ type: 'page', key: 'k', label: 'x'.repeat(201) }, () => 1),
      /label: is no label/,
    );
    await assert.rejects(
      once.run({ type: 'page', key: 'k', label: () => 'a\u0000' }, () => 1),
      /label/,
    );
  });

  it('keys clear: shows, wants --why and --yes, clears through Redis too, leaves who and why', async () => {
    const op = { type: 'charge', key: 'c-1' };
    let runs = 0;
    const run = () => once.run(op, () => ++runs);
    await run();
    const flags = ['keys', 'clear', '--type', 'charge', '--key', 'c-1'];
    for (const [args, said] of [
      [[...flags, '--yes'], /--why: is missing/],
      [[...flags, '--why', 'x'], /--yes: is missing/],
      [['keys', 'clear', '--type', 'charge', '--scope', 'tenant=acme', ...signed], /half a way/],
      [['keys', 'clear', ...signed], /keys: are missing/],
      [[...flags, '--label', 'x', ...signed], /two ways/],
    ] as const) {
      const { code, err } = await direct(args);
      assert.deepEqual([args, code], [args, 2], err);
      assert.match(err, said);
    }
    assert.deepEqual(await json('keys', 'clear', '--type', 'charge', '--dry-run'), {
      wouldClear: ['1/default/global/charge/c-1'],
    });
    assert.equal(await run(), 1);
    assert.deepEqual(await audit(), []);
    const done = await direct([...flags, ...signed]);
    assert.equal(done.code, 0, done.err);
    assert.match(done.err, /c-1.*completed/);
    assert.equal(done.out, 'Cleared 1 key.\n');
    assert.equal(await run(), 2, 'Redis answers nothing that was cleared');
    const key = once.key(op);
    assert.deepEqual(await audit(), [{ who: 'ada', why: 'CASE-7', action: 'clear', key, previous: 2 }]);
    const life = await json<{ audit: { who: string; why: string }[] }>('keys', 'show', key);
    assert.deepEqual([life.audit[0]?.who, life.audit[0]?.why], ['ada', 'CASE-7']);
    for (const name of ['a', 'b', 'c']) await once.run({ type: 'many', key: name }, () => 1);
    const many = await json<{ cleared: unknown[]; changed: unknown[] }>(
      'keys',
      'clear',
      '--type',
      'many',
      ...signed,
    );
    assert.deepEqual([many.cleared.length, many.changed.length], [3, 0]);
    const again = await direct(['keys', 'clear', '--type', 'many', ...signed]);
    assert.equal(again.out, 'Nothing to clear.\n', 'what is free is not cleared again');
  });

  it('asks a person at a terminal, in colour, and takes no for an answer', async function () {
    const op = { type: 'charge', key: 't-1' };
    await once.run(op, () => 1);
    const line = [
      'temporal-once',
      'keys',
      'clear',
      '--type',
      'charge',
      '--key',
      't-1',
      '--why',
      'CASE',
      ...where(),
    ];
    const answer = (said: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const child = spawn('script', ['-qec', line.join(' '), '/dev/null'], {
          env: {
            ...process.env,
            PATH: `${commands.folder}:${process.env['PATH'] ?? ''}`,
            TERM: 'xterm',
            NO_COLOR: '',
            DATABASE_URL,
            REDIS_URL,
          },
        });
        let out = '';
        child.on('error', reject).on('close', () => resolve(out));
        child.stdout.on('data', (chunk: Buffer) => {
          const before = out.includes('(yes/no)');
          out += chunk.toString();
          if (!before && out.includes('(yes/no)')) child.stdin.write(`${said}\n`);
        });
      });
    const refused = await answer('no');
    assert.match(refused, /Clear 1 key\? The next call of each runs\. \(yes\/no\)/);
    assert.ok(refused.includes(ANSI), refused);
    assert.match(refused, /Nothing was changed/);
    assert.equal((await once.lookup(op))?.state, 'completed');
    assert.match(await answer('yes'), /Cleared 1 key/);
    assert.equal(await once.lookup(op), undefined);
  });

  it('rerun and reconcile decide an unknown outcome, and nothing else', async () => {
    const vanish = async (key: string): Promise<string> => {
      const whole = once.key({ type: 'charge', key });
      await world.pool.query(
        `INSERT INTO ${world.schema}.records (key, state, fence, nonce, runs, type, body_key, owner_execution, owner_start,
           owner_detail, claimed_at, ends_at)
         VALUES ($1, 1, nextval('${world.schema}.fences'), gen_random_uuid(), 1, 'charge', $1, 'gone', 0, '{}',
           now() - interval '1 hour', now() - interval '59 minutes')`,
        [whole],
      );
      return whole;
    };
    const found = await vanish('u-1');
    const listed = await json<{ records: { key: string }[] }>('keys', 'list', '--state', 'unknown');
    assert.deepEqual(
      listed.records.map(({ key }) => key),
      [found],
    );
    const reconciled = await direct(['keys', 'reconcile', found, '--result', '{"id":"ch_1"}', ...signed]);
    assert.equal(reconciled.code, 0, reconciled.err);
    assert.deepEqual(await once.run({ type: 'charge', key: 'u-1' }, () => 'ran'), { id: 'ch_1' });
    const twice = await direct(['keys', 'reconcile', found, '--result', '1', ...signed]);
    assert.equal(twice.code, 1);
    assert.match(twice.err, /its outcome is not unknown/);
    const failed = await vanish('u-2');
    assert.equal(
      (
        await direct([
          'keys',
          'reconcile',
          failed,
          '--error',
          'declined',
          '--error-type',
          'Declined',
          ...signed,
        ])
      ).code,
      0,
    );
    await assert.rejects(
      once.run({ type: 'charge', key: 'u-2' }, () => 'ran'),
      /declined/,
    );
    const again = await vanish('u-3');
    assert.equal((await direct(['keys', 'rerun', again, ...signed])).code, 0);
    assert.equal(await once.run({ type: 'charge', key: 'u-3' }, () => 'ran'), 'ran');
    assert.equal((await direct(['keys', 'reconcile', again, '--why', 'x', '--yes'])).code, 2);
    assert.equal((await audit()).length, 3);
  });

  it('locks: who holds what, and taking one away', async () => {
    const held = await once.acquireLock('nightly', { scope: { tenant: 'acme' } });
    interface Lock {
      readonly name: string;
      readonly scope: string;
      readonly state: string;
      readonly ageMs: number;
    }
    const { locks } = await json<{ locks: Lock[] }>('locks', 'list');
    assert.deepEqual(
      locks.map(({ name, scope, state }) => [name, scope, state]),
      [['nightly', 'tenant=acme', 'running']],
    );
    assert.ok((locks[0]?.ageMs ?? -1) >= 0);
    assert.match((await direct(['locks', 'list'])).out, /nightly.*tenant=acme.*running/);
    assert.equal(
      (await direct(['locks', 'clear', 'nightly', ...signed])).out,
      'Nothing to clear.\n',
      'another scope',
    );
    const cleared = await direct(['locks', 'clear', 'nightly', '--scope', 'tenant=acme', ...signed]);
    assert.equal(cleared.out, 'Cleared 1 key.\n', cleared.err);
    await until(() => held.signal.aborted, 30_000);
    await held.release().catch(() => undefined);
    assert.equal((await direct(['locks', 'list'])).out, 'No lock is held.\n');
    assert.equal((await audit()).length, 1);
  });

  it('stats: in sum and day by day; upkeep status', async () => {
    for (let n = 0; n < 3; n++) await once.run({ type: 'charge', key: 's' }, () => 1);
    await once.stats();
    assert.match(
      (await direct(['stats', '--since', '1h'])).out,
      /2 duplicates answered, 1 bodies run to an outcome/,
    );
    const { days } = await json<{ days: { path: string; count: number }[] }>('stats', '--days', '2');
    assert.equal(
      days.filter(({ path }) => path === 'first').reduce((sum, { count }) => sum + count, 0),
      1,
    );
    assert.equal((await direct(['stats', '--days', 'x'])).code, 2);
    const missing = await direct(['upkeep', 'status']);
    assert.equal(missing.code, 1, missing.err);
    assert.match(missing.out, /is not installed/);
    const { scheduleId } = await json<{ scheduleId: string }>('upkeep', 'install', '--every', '1h');
    const handle = world.client.schedule.getHandle(scheduleId);
    try {
      const status = await json<{ installed: boolean; paused: boolean }>('upkeep', 'status');
      assert.deepEqual([status.installed, status.paused], [true, false]);
      await handle.pause();
      const paused = await direct(['upkeep', 'status']);
      assert.deepEqual([paused.code, /PAUSED/.test(paused.out)], [1, true]);
    } finally {
      await handle.delete();
    }
  });

  it('a codec server decodes what is revealed: by flag, by variable, by profile; nothing without it', async () => {
    const server = await CodecServer.open('Bearer token-1');
    const coded = await world.service({
      dataConverter: {
        ...defaultDataConverter,
        payloadCodecs: [maskingCodec],
      },
    });
    try {
      await coded.run({ type: 'charge', key: 'm-1' }, () => ({ marker: SECRET }));
      const show = ['keys', 'show', '--type', 'charge', '--key', 'm-1', '--reveal', '-o', 'json'];
      const blind = await direct(show);
      assert.equal(blind.code, 1);
      assert.ok(!blind.out.includes(SECRET));
      const flags = ['--codec-endpoint', `${server.url}/{namespace}/`, '--codec-auth', 'Bearer token-1'];
      const profile = commands.write(
        'codec.toml',
        `[profile.mine]\naddress = "${TEMPORAL_ADDRESS}"\n[profile.mine.codec]\nendpoint = "${server.url}"\nauth = "Bearer token-1"\n`,
      );
      const ways: [string[], NodeJS.ProcessEnv][] = [
        [flags, {}],
        [[], { TEMPORAL_CODEC_ENDPOINT: server.url, TEMPORAL_CODEC_AUTH: 'Bearer token-1' }],
        [['--profile', 'mine', '--config-file', profile], {}],
      ];
      for (const [more, change] of ways) {
        const { code, out, err } = await direct([...show, ...more], change);
        assert.equal(code, 0, err);
        assert.deepEqual((JSON.parse(out) as { record: { result: unknown } }).record.result, {
          marker: SECRET,
        });
      }
      assert.deepEqual(server.asked[0], {
        path: '/default/decode',
        namespace: 'default',
        auth: 'Bearer token-1',
      });
      const viaStock = await commands.temporal(['once', ...show, ...flags, ...where()]);
      assert.ok(viaStock.out.includes(SECRET), viaStock.err);
      const refused = await direct([...show, '--codec-endpoint', server.url, '--codec-auth', 'wrong']);
      assert.equal(refused.code, 1);
      assert.match(refused.err, /codec server .*answered 403/);
      assert.equal((await direct([...show, '--codec-endpoint', 'nonsense'])).code, 2);
    } finally {
      await coded.close();
      await server.close();
    }
  });

  it('a key is text from anywhere: what would steer a terminal is shown as an escape', async () => {
    await once.run({ type: 'charge', key: `k\u001b[31m${randomName('x')}` }, () => '\u001b[2J');
    for (const args of [
      ['keys', 'list'],
      ['keys', 'show', '--type', 'charge', '--key', 'none'],
    ]) {
      const { out } = await direct(args);
      assert.ok(!out.includes('\u001b'), JSON.stringify(out));
    }
  });
});
