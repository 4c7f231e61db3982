import { Readable } from 'node:stream';
import fastify, { type FastifyInstance } from 'fastify';
import { currentClaim, type Idempotency } from '../../src';
import { idempotencyKey, type FastifyIdempotencyOptions } from '../../src/http';
import { assert } from '../helpers/assert';
import { need, until } from '../helpers/services';
import { gate, newName, Services } from '../service/open';
import { slowToRecord } from './server';

describe('[duplicates] the Idempotency-Key header on Fastify', () => {
  let services: Services;
  let once: Idempotency;
  let app: FastifyInstance;
  let runs: number;
  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
    services = new Services();
    once = await services.connect();
  });
  beforeEach(() => {
    runs = 0;
    app = fastify();
  });
  afterEach(() => app?.close());
  after(() => services?.close());

  const post = (key: string | undefined, payload: object | string = { a: 1 }, url = '/orders') =>
    app.inject({
      method: 'POST',
      url,
      payload,
      headers: {
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(typeof payload === 'string' ? { 'content-type': 'application/json' } : {}),
      },
    });
  const register = (options: FastifyIdempotencyOptions = {}) => app.register(idempotencyKey(once, options));

  it('a duplicate gets what the first got, marked; the claim is there in the handler', async () => {
    await register();
    app.post('/orders', async (request, reply) => {
      runs++;
      void reply.code(201).header('x-order', '42').header('set-cookie', 's=1');
      return { got: request.body, key: currentClaim().key };
    });
    const key = newName('key');
    const first = await post(key);
    const second = await post(`"${key}"`);
    assert.equal(runs, 1);
    assert.deepEqual(first.json(), { got: { a: 1 }, key: `1/default/global/http/${key}` });
    for (const got of [first, second]) {
      assert.deepEqual([got.statusCode, got.headers['x-order']], [201, '42']);
      assert.equal(got.headers['content-type'], 'application/json; charset=utf-8');
      assert.equal(got.body, first.body);
    }
    assert.deepEqual(
      [first.headers['idempotency-replayed'], first.headers['set-cookie']],
      [undefined, 's=1'],
    );
    assert.deepEqual(
      [second.headers['idempotency-replayed'], second.headers['set-cookie']],
      ['true', undefined],
    );
    assert.equal((await post(key, { a: 2 })).statusCode, 422);
    // Other bytes of the same JSON are another request.
    assert.equal((await post(key, '{ "a": 1 }')).statusCode, 422);
    assert.equal((await post(undefined)).statusCode, 400);
    assert.equal((await post('"open')).statusCode, 400);
    assert.equal(runs, 1);
  });

  it('while the first runs: 409; routes of another instance and other methods are left alone', async () => {
    const end = gate();
    await app.register(async (inner) => {
      await inner.register(idempotencyKey(once));
      inner.post('/orders', async () => {
        runs++;
        await end.opened;
        return 'first';
      });
      inner.get('/orders', async () => 'got');
    });
    app.post('/free', async () => 'free');
    const key = newName('key');
    const first = post(key);
    await until(() => runs === 1);
    const refused = await post(key);
    assert.equal(refused.statusCode, 409);
    assert.ok(Number(refused.headers['retry-after']) >= 1);
    assert.match(String(refused.headers['content-type']), /^application\/problem\+json/);
    end.open();
    assert.equal((await first).body, 'first');
    assert.equal((await app.inject({ method: 'GET', url: '/orders' })).body, 'got');
    assert.equal((await post(undefined, {}, '/free')).body, 'free');
  });

  it('an error that becomes 500 frees the key, one that becomes 422 is an outcome', async () => {
    await register();
    let statusCode: number | undefined;
    app.post('/orders', async () => {
      runs++;
      throw Object.assign(new Error('no'), statusCode === undefined ? {} : { statusCode });
    });
    const key = newName('key');
    assert.equal((await post(key)).statusCode, 500);
    statusCode = 402;
    assert.equal((await post(key)).statusCode, 402);
    statusCode = undefined;
    const replayed = await post(key);
    assert.deepEqual([replayed.statusCode, replayed.headers['idempotency-replayed']], [402, 'true']);
    assert.equal(runs, 2);
  });

  it('streams, empty bodies and bytes are replayed; one too big goes out whole and is not kept', async () => {
    await register({ maxResponseBytes: 10_000 });
    const chunks = (n: number) => Readable.from(Array.from({ length: n }, () => Buffer.alloc(1_000, 7)));
    app.post('/stream', async (_request, reply) => reply.type('application/octet-stream').send(chunks(5)));
    app.post('/big', async (_request, reply) => reply.type('application/octet-stream').send(chunks(50)));
    app.post('/bytes', async () => Buffer.from([0, 255, 10, 13]));
    app.post('/empty', async (_request, reply) => reply.code(204).send());
    for (const url of ['/stream', '/bytes', '/empty']) {
      const key = newName('key');
      const [first, second] = [await post(key, {}, url), await post(key, {}, url)];
      assert.equal(second.headers['idempotency-replayed'], 'true', url);
      assert.deepEqual([second.statusCode, second.rawPayload], [first.statusCode, first.rawPayload], url);
    }
    const key = newName('key');
    assert.equal((await post(key, {}, '/big')).rawPayload.byteLength, 50_000);
    assert.equal((await post(key, {}, '/big')).statusCode, 410);
  });

  it('nobody sees a response before it is recorded, nor one whose claim was lost (G3)', async () => {
    const slow = slowToRecord(once);
    await app.register(idempotencyKey(slow));
    app.post('/orders', async () => 'early');
    const key = newName('key');
    app.post('/lost', async () => {
      await once.clear({ type: 'http', key });
      return 'nobody should see this';
    });
    assert.equal((await post(newName('key'))).body, 'early');
    assert.ok(slow.isRecorded);
    const lost = await post(key, {}, '/lost');
    assert.deepEqual([lost.statusCode, lost.headers['retry-after']], [409, '1']);
    assert.match(lost.body, /request-outstanding/);
  });

  it('a body that does not parse is refused by Fastify, and takes no key', async () => {
    await register();
    app.post('/orders', async () => 'done');
    const key = newName('key');
    assert.equal((await post(key, '{')).statusCode, 400);
    assert.equal((await post(key, '{}')).body, 'done');
  });

  it('on a real socket, through its own body limit', async () => {
    app = fastify({ bodyLimit: 50 });
    await register({ scope: (request) => ({ tenant: String(request.headers['x-tenant']) }) });
    app.post('/orders', async (request) => request.body);
    const url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/orders`;
    const key = newName('key');
    const send = (text: string, tenant = 'a') =>
      fetch(url, {
        method: 'POST',
        body: text,
        headers: { 'content-type': 'text/plain', 'idempotency-key': key, 'x-tenant': tenant },
      });
    assert.equal((await send('x'.repeat(51))).status, 413);
    assert.equal(await (await send('small')).text(), 'small');
    assert.equal((await send('small')).headers.get('idempotency-replayed'), 'true');
    assert.equal((await send('other', 'b')).status, 200);
  });
});
