import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { currentClaim, InvalidOptionError, type Idempotency } from '../../src';
import { withIdempotencyKey, type Handler, type IdempotencyKeyOptions } from '../../src/http';
import { assert } from '../helpers/assert';
import { env, need, until } from '../helpers/services';
import { gate, newName, Services } from '../service/open';
import { TcpProxy } from '../stores/tcp-proxy';
import { ask, problemOf, Servers, slowToRecord } from './server';

describe("[duplicates] the Idempotency-Key header on Node's http", () => {
  let services: Services;
  let once: Idempotency;
  let servers: Servers;
  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
    services = new Services();
    once = await services.connect();
  });
  beforeEach(() => (servers = new Servers()));
  afterEach(() => servers?.close());
  after(() => services?.close());

  const serve = (handler: Handler, options: IdempotencyKeyOptions = {}) =>
    servers.listen((request, response) => void withIdempotencyKey(once, options, handler)(request, response));
  const counting = (answer: Handler) => {
    let runs = 0;
    return {
      handler: ((request, response) => {
        runs++;
        return answer(request, response);
      }) satisfies Handler,
      runs: () => runs,
    };
  };

  it('a label names the record for operators; one that is none is a 500 before the handler runs', async () => {
    const { handler, runs } = counting((_request, response) => void response.end('done'));
    const told: unknown[] = [];
    const label = newName('order');
    const port = await serve(handler, {
      label: ({ headers }) => {
        if (headers['x-order'] === undefined) throw new TypeError('secret');
        return String(headers['x-order']);
      },
      onError: (error) => told.push(error),
    });
    const key = newName('key');
    assert.equal((await ask(port, { key, headers: { 'x-order': label } })).status, 200);
    const { records } = await once.byHand().page({ label }, { limit: 10 });
    assert.deepEqual(
      records.map((one) => [one.label, one.state]),
      [[label, 'completed']],
    );
    for (const headers of [{}, { 'x-order': 'x'.repeat(201) }])
      assert.equal((await ask(port, { key: newName('key'), headers })).status, 500);
    assert.equal(runs(), 1);
    assert.ok(told.length === 2 && told.every((error) => error instanceof InvalidOptionError));
    assert.throws(() => withIdempotencyKey(once, { label: '' }, handler), InvalidOptionError);
    assert.throws(() => withIdempotencyKey(once, { label: 'x'.repeat(201) }, handler), InvalidOptionError);
  });

  it('a duplicate gets status, headers and body byte for byte, and is marked; cookies and hop-by-hop are not kept', async () => {
    const bytes = randomBytes(50_000);
    const { handler, runs } = counting((_request, response) => {
      response.setHeader('X-Order', ['1', '2']);
      response.setHeader('Set-Cookie', 'session=secret');
      response.writeHead(201, {
        'Content-Type': 'application/octet-stream',
        Connection: 'close, X-Mine',
        'X-Mine': 'y',
        ETag: '"e"',
      });
      response.write(bytes.subarray(0, 10));
      response.end(bytes.subarray(10));
    });
    const port = await serve(handler);
    const key = newName('key');
    const first = await ask(port, { key: `"${key}"`, body: '{"a":1}' });
    const second = await ask(port, { key, body: '{"a":1}' });
    assert.equal(runs(), 1);
    for (const got of [first, second]) {
      assert.equal(got.status, 201);
      assert.ok(got.body.equals(bytes));
      assert.equal(got.headers['x-order'], '1, 2');
      assert.equal(got.headers.etag, '"e"');
      assert.equal(got.headers['content-type'], 'application/octet-stream');
    }
    assert.equal(first.headers['idempotency-replayed'], undefined);
    assert.deepEqual(first.headers['set-cookie'], ['session=secret']);
    assert.equal(second.headers['idempotency-replayed'], 'true');
    assert.equal(second.headers['set-cookie'], undefined);
    assert.equal(second.headers['x-mine'], undefined);
  });

  it('another body, path, query, method or chosen header under the key: 422, and nothing runs', async () => {
    const { handler, runs } = counting((_request, response) => void response.end('done'));
    const port = await serve(handler, { fingerprintHeaders: ['X-Version'] });
    const key = newName('key');
    assert.equal((await ask(port, { key, body: 'a' })).status, 200);
    for (const other of [
      { body: 'b' },
      { path: '/other' },
      { path: '/orders?x=1' },
      { method: 'PATCH' },
      { headers: { 'x-version': '2' } },
    ]) {
      const got = await ask(port, { key, body: 'a', ...other });
      assert.equal(got.status, 422, JSON.stringify(other));
      assert.equal(problemOf(got).type, 'urn:temporal-once:problem:key-reused');
    }
    assert.equal(runs(), 1);
  });

  it('missing, malformed, several or too long: 400 before anything; other methods pass; not required: passes', async () => {
    const { handler, runs } = counting((_request, response) => void response.end('done'));
    const port = await serve(handler, { problemBase: 'https://example.com/problems/' });
    for (const [key, name] of [
      [undefined, 'key-missing'],
      ['"open', 'key-malformed'],
      ['a, b', 'key-malformed'],
      ['k'.repeat(256), 'key-too-long'],
    ] as const) {
      const got = await ask(port, key === undefined ? {} : { key });
      assert.equal(got.status, 400);
      const { type, title, detail, status } = problemOf(got);
      assert.equal(type, `https://example.com/problems/${name}`);
      assert.ok(title !== '' && detail !== '' && status === 400);
    }
    assert.equal(runs(), 0);
    for (const method of ['GET', 'PUT', 'DELETE'])
      assert.equal((await ask(port, { method, key: '"open' })).status, 200);
    const lenient = await serve(handler, { required: false });
    assert.equal((await ask(lenient, {})).status, 200);
    assert.equal((await ask(lenient, { key: '"open' })).status, 400);
    assert.equal((await ask(await serve(handler, { bareKeys: false }), { key: 'bare' })).status, 400);
    assert.equal(runs(), 4);
  });

  it('tenants do not meet under one key; without a scope they would', async () => {
    const { handler, runs } = counting(
      (request, response) => void response.end(`for ${request.headers['x-tenant'] as string}`),
    );
    const port = await serve(handler, {
      scope: (request) => ({ tenant: String(request.headers['x-tenant']) }),
    });
    const key = newName('key');
    for (const tenant of ['acme', 'zeta']) {
      for (let n = 0; n < 2; n++)
        assert.equal((await ask(port, { key, headers: { 'x-tenant': tenant } })).text, `for ${tenant}`);
    }
    assert.equal(runs(), 2);
  });

  it('while the first runs: 409 with Retry-After from its lease; `wait` gets its response', async () => {
    const end = gate();
    const { handler, runs } = counting(async (_request, response) => {
      await end.opened;
      response.end('first');
    });
    const port = await serve(handler);
    const waiting = await serve(handler, { whenRunning: 'wait' });
    const impatient = await serve(handler, { whenRunning: 'wait', waitTimeout: 50 });
    const key = newName('key');
    const first = ask(port, { key });
    await until(() => runs() === 1);
    const refused = await ask(port, { key });
    assert.equal(refused.status, 409);
    assert.equal(problemOf(refused).type, 'urn:temporal-once:problem:request-outstanding');
    const seconds = Number(refused.headers['retry-after']);
    assert.ok(seconds >= 1 && seconds <= 5, `lease of 5 s: ${seconds}`);
    assert.equal((await ask(impatient, { key })).status, 409);
    const waited = ask(waiting, { key });
    await sleep(50);
    end.open();
    assert.equal((await first).text, 'first');
    assert.deepEqual(
      [(await waited).text, (await waited).headers['idempotency-replayed']],
      ['first', 'true'],
    );
    assert.equal(runs(), 1);
  });

  it('below 500 is an outcome, 500 and above free the key; `isOutcome` chooses', async () => {
    let status = 503;
    const { handler, runs } = counting(
      (_request, response) => void response.writeHead(status).end(`as ${status}`),
    );
    const port = await serve(handler);
    const key = newName('key');
    const failed = await ask(port, { key });
    assert.deepEqual([failed.status, failed.text], [503, 'as 503'], 'its own caller gets it');
    status = 404;
    assert.equal((await ask(port, { key })).text, 'as 404');
    status = 200;
    assert.equal((await ask(port, { key })).text, 'as 404', 'recorded');
    assert.equal(runs(), 2);
    const only2xx = await serve(handler, { isOutcome: (code) => code < 300 });
    status = 409;
    const other = newName('key');
    assert.equal((await ask(only2xx, { key: other })).status, 409);
    status = 200;
    assert.equal((await ask(only2xx, { key: other })).text, 'as 200');
  });

  it('a handler that throws frees the key, whatever its error says of itself; its caller gets 500 without a word of it', async () => {
    const heard: unknown[] = [];
    let broken = true;
    const boom = ApplicationFailure.nonRetryable('secret words', 'X');
    const { handler, runs } = counting(async (_request, response) => {
      response.setHeader('X-Half', 'done');
      await sleep(1);
      if (broken) throw boom;
      response.end('mended');
    });
    const port = await serve(handler, { onError: (error) => heard.push(error) });
    const key = newName('key');
    const failed = await ask(port, { key });
    assert.equal(failed.status, 500);
    assert.equal(failed.headers['x-half'], undefined);
    assert.doesNotMatch(failed.text, /secret words/);
    assert.deepEqual(heard, [boom]);
    broken = false;
    assert.equal((await ask(port, { key })).text, 'mended');
    assert.equal(runs(), 2);
    const sync = await serve(() => {
      throw boom;
    });
    assert.equal((await ask(sync, { key: newName('key') })).status, 500);
    const destroys = await serve((_request, response) => void response.destroy());
    await assert.rejects(ask(destroys, { key: newName('key') }));
  });

  it('nobody sees a response before it is recorded (G3)', async () => {
    const port = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('begun');
      response.end(' and ended');
    });
    const key = newName('key');
    await ask(port, { key });
    const [row] = await services.query(`SELECT state FROM {schema}.records WHERE key LIKE '%' || $1`, [key]);
    assert.equal(row?.['state'], 2);
    // A store that takes its time at the end holds the response back.
    const slow = slowToRecord(once);
    const behind = await servers.listen(
      (request, response) =>
        void withIdempotencyKey(slow, {}, (_request, own) => {
          own.write('early');
          own.end();
        })(request, response),
    );
    const got = await ask(behind, { key: newName('key') });
    assert.ok(slow.isRecorded);
    assert.equal(got.text, 'early');
  });

  it('a caller that goes away changes nothing: the handler goes on and its response is recorded', async () => {
    const end = gate();
    const { handler, runs } = counting(async (_request, response) => {
      await end.opened;
      assert.equal(currentClaim().signal.aborted, false);
      response.end('all the same');
    });
    const port = await serve(handler);
    const key = newName('key');
    const leaving = new AbortController();
    const first = ask(port, { key, signal: leaving.signal });
    await until(() => runs() === 1);
    leaving.abort();
    await assert.rejects(first);
    await sleep(50);
    end.open();
    await until(async () => (await ask(port, { key })).status === 200);
    const again = await ask(port, { key });
    assert.deepEqual([again.text, again.headers['idempotency-replayed']], ['all the same', 'true']);
    assert.equal(runs(), 1);
  });

  it('a handler whose claim was lost meanwhile answers with 409: its response is not the one that stands', async () => {
    const end = gate();
    const { handler, runs } = counting(async (_request, response) => {
      await end.opened;
      response.setHeader('X-Half', 'done');
      response.end('nobody should see this');
    });
    const port = await serve(handler);
    const key = newName('key');
    const first = ask(port, { key });
    await until(() => runs() === 1);
    await once.clear({ type: 'http', key });
    end.open();
    const got = await first;
    assert.deepEqual([got.status, got.headers['x-half'], got.headers['retry-after']], [409, undefined, '1']);
    assert.equal(problemOf(got).type, 'urn:temporal-once:problem:request-outstanding');
  });

  it('a caller that goes away while it waits for another one disturbs nobody', async () => {
    const end = gate();
    const heard: unknown[] = [];
    const { handler, runs } = counting(async (_request, response) => {
      await end.opened;
      response.end('first');
    });
    const port = await serve(handler, { whenRunning: 'wait', onError: (error) => heard.push(error) });
    const key = newName('key');
    const first = ask(port, { key });
    await until(() => runs() === 1);
    const leaving = new AbortController();
    const second = ask(port, { key, signal: leaving.signal });
    await sleep(50);
    leaving.abort();
    await assert.rejects(second);
    end.open();
    assert.equal((await first).text, 'first');
    assert.deepEqual(heard, []);
  });

  it('a body beyond the limit: 413 before any effect, with and without Content-Length', async () => {
    const { handler, runs } = counting((_request, response) => void response.end('done'));
    const port = await serve(handler, { maxBodyBytes: 100 });
    const key = newName('key');
    const got = await ask(port, { key, body: 'x'.repeat(101) });
    assert.equal(got.status, 413);
    const chunked = { key, body: 'x'.repeat(200), headers: { 'transfer-encoding': 'chunked' } };
    assert.equal((await ask(port, chunked)).status, 413);
    assert.equal(runs(), 0);
    assert.equal((await ask(port, { key, body: 'x'.repeat(100) })).status, 200);
  });

  it('a response beyond the limit goes out whole, and duplicates are told that it was not kept: 410', async () => {
    const { handler, runs } = counting(async (_request, response) => {
      for (let n = 0; n < 20; n++) {
        await new Promise<void>((resolve) => void response.write('y'.repeat(1_000), () => resolve()));
      }
      response.end('!');
    });
    const port = await serve(handler, { maxResponseBytes: 5_000 });
    const key = newName('key');
    const first = await ask(port, { key });
    assert.deepEqual([first.status, first.body.byteLength], [200, 20_001]);
    const second = await ask(port, { key });
    assert.equal(second.status, 410);
    assert.equal(problemOf(second).type, 'urn:temporal-once:problem:response-not-kept');
    assert.equal(runs(), 1);
  });

  it('the handler reads the body as if nobody had, and has the claim to hand on', async () => {
    const port = await serve(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      response.end(
        `${request.method} ${request.url} ${request.headers['x-a'] as string} ${Buffer.concat(chunks).toString()} ${currentClaim().key}`,
      );
    });
    const key = newName('key');
    const got = await ask(port, { key, body: 'ünïcode', headers: { 'x-a': 'b' } });
    assert.equal(got.text, `POST /orders b ünïcode 1/default/global/http/${key}`);
    assert.equal((await ask(port, { key: newName('key') })).status, 200, 'no body at all');
  });

  it('the store is down: 503 with Retry-After before the handler; `proceed` runs it', async () => {
    const { handler, runs } = counting((_request, response) => void response.end('done'));
    const url = new URL(env('DATABASE_URL'));
    const proxy = await TcpProxy.to(url.hostname, Number(url.port || 5432));
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    const away = { postgres: url.href, redis: undefined, migrate: false, storePatienceMs: 1_000 };
    const refusing = await services.connect(away);
    const proceeding = await services.connect({ ...away, onStoreUnavailable: 'proceed' });
    await proxy.cut();
    const behind = (service: Idempotency) =>
      servers.listen((request, response) => void withIdempotencyKey(service, {}, handler)(request, response));
    const got = await ask(await behind(refusing), { key: newName('key') });
    assert.equal(got.status, 503);
    assert.equal(got.headers['retry-after'], '1');
    assert.equal(problemOf(got).type, 'urn:temporal-once:problem:store-unavailable');
    assert.equal(runs(), 0);
    assert.equal((await ask(await behind(proceeding), { key: newName('key') })).text, 'done');
  });

  it('the store is lost after the handler: its response goes out, and the next request is told that the first is open', async () => {
    const url = new URL(env('DATABASE_URL'));
    const proxy = await TcpProxy.to(url.hostname, Number(url.port || 5432));
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    const wired = { postgres: url.href, redis: undefined, migrate: false, storePatienceMs: 2_000 };
    const service = await services.connect({ ...wired, leaseMs: 2_000 });
    const { handler, runs } = counting(async (_request, response) => {
      await proxy.cut();
      response.end('charged');
    });
    const options: IdempotencyKeyOptions = { onUnknownOutcome: 'fail' };
    const port = await servers.listen(
      (request, response) => void withIdempotencyKey(service, options, handler)(request, response),
    );
    const key = newName('key');
    const first = await ask(port, { key });
    assert.deepEqual([first.status, first.text], [200, 'charged']);
    await proxy.mend();
    const again = await ask(port, { key });
    assert.equal(again.status, 409);
    assert.match(problemOf(again).type, /:(outcome-unknown|request-outstanding)$/);
    assert.equal(runs(), 1);
  });

  it('options that are wrong are refused before any request', () => {
    for (const options of [
      { nonsense: 1 },
      { methods: [] },
      { maxBodyBytes: -1 },
      { whenRunning: 'retry' },
      { scope: 'execution' },
    ])
      assert.throws(() => withIdempotencyKey(once, options as never, () => undefined), InvalidOptionError);
  });
});
