import { setTimeout as sleep } from 'node:timers/promises';
import type { IdempotencyKeyOptions } from '../../src/http';
import { assert } from '../helpers/assert';
import { TestProcess } from '../helpers/processes';
import { need } from '../helpers/services';
import { newName, Services } from '../service/open';
import { ask, problemOf, type Got } from './server';

describe('[faults] the Idempotency-Key header over several server processes', () => {
  let services: Services;
  let running: TestProcess[];
  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
    services = new Services();
    await services.connect();
  });
  beforeEach(() => (running = []));
  afterEach(() => Promise.all(running.map((one) => one.kill())));
  after(() => services?.close());

  interface Started {
    readonly child: TestProcess;
    readonly port: number;
  }
  async function start(workMs: number, options: IdempotencyKeyOptions = {}): Promise<Started> {
    const { schema, prefix } = services;
    const child = TestProcess.start('http-server', { schema, prefix, options, workMs });
    running.push(child);
    return { child, port: Number((await child.next('listening'))['port']) };
  }
  const crowd = (servers: readonly Started[], key: string): Promise<Got[]> =>
    Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        ask((servers[n % servers.length] as Started).port, { key, body: 'same' }),
      ),
    );
  /** All runs there were and that nobody has asked about. */
  const runsOf = async (servers: readonly Started[]): Promise<number> => {
    let runs = 0;
    for (const { child } of servers) {
      while ((await child.next('ran', 100).catch(() => undefined)) !== undefined) runs++;
    }
    return runs;
  };

  it('a hundred at once, four processes: one handler runs, all others hear 409, later its response', async () => {
    const servers = await Promise.all(Array.from({ length: 4 }, () => start(300)));
    const key = newName('key');
    const got = await crowd(servers, key);
    const first = got.filter(({ status }) => status === 201);
    assert.equal(first.filter(({ headers }) => headers['idempotency-replayed'] === undefined).length, 1);
    for (const one of got) {
      if (one.status === 201) assert.equal(one.text, first[0]?.text);
      else
        assert.deepEqual(
          [one.status, problemOf(one).type],
          [409, 'urn:temporal-once:problem:request-outstanding'],
        );
    }
    assert.equal(await runsOf(servers), 1);
    for (const one of await crowd(servers, key)) assert.equal(one.text, first[0]?.text);
  });

  it('a hundred at once that wait: one handler runs, all get its response', async () => {
    const servers = await Promise.all(Array.from({ length: 4 }, () => start(300, { whenRunning: 'wait' })));
    const got = await crowd(servers, newName('key'));
    assert.deepEqual(new Set(got.map(({ status }) => status)), new Set([201]));
    assert.equal(new Set(got.map(({ text }) => text)).size, 1);
    assert.equal(got.filter(({ headers }) => headers['idempotency-replayed'] === undefined).length, 1);
    assert.equal(await runsOf(servers), 1);
  });

  for (const onUnknownOutcome of ['rerun', 'fail'] as const) {
    it(`a server killed in its handler leaves an unknown outcome: ${onUnknownOutcome}`, async () => {
      const dying = await start(-1, { onUnknownOutcome });
      const next = await start(0, { onUnknownOutcome });
      const key = newName('key');
      const lost = ask(dying.port, { key, body: 'same' }).catch(() => 'lost');
      const { key: handedOn } = await dying.child.next('ran');
      await dying.child.kill();
      assert.equal(await lost, 'lost');
      const early = await ask(next.port, { key, body: 'same' });
      assert.equal(early.status, 409, 'its lease still runs');
      await sleep(Number(early.headers['retry-after']) * 1_000 + 100);
      const got = await ask(next.port, { key, body: 'same' });
      if (onUnknownOutcome === 'rerun') {
        assert.deepEqual([got.status, got.text.endsWith('run 2')], [201, true]);
        assert.equal((await next.child.next('ran'))['key'], handedOn, 'the same key in its hand');
      } else {
        assert.deepEqual(
          [got.status, problemOf(got).type],
          [409, 'urn:temporal-once:problem:outcome-unknown'],
        );
        assert.equal((await ask(next.port, { key, body: 'same' })).status, 409, 'it stands');
        assert.equal(await runsOf([next]), 0);
      }
    });
  }
});
