import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { gzipSync } from 'node:zlib';
import { Connection } from '@temporalio/client';
import { assert } from '../helpers/assert';
import { until } from '../helpers/services';
import { Admission } from '../../src/guard/admission';
import { Guard } from '../../src/guard/guard';
import { Judge } from '../../src/guard/judge';
import { keepAlive } from '../../src/guard/keep-alive';
import { TcpProxy } from '../stores/tcp-proxy';
import { UpstreamServer, type Received } from './upstream-server';

const POLL = '/temporal.api.workflowservice.v1.WorkflowService/PollWorkflowTaskQueue';
const OK = { 'grpc-status': '0' };

interface Answered {
  readonly headers: Record<string, unknown>;
  readonly body: Buffer;
  readonly trailers: Record<string, unknown> | undefined;
  readonly endedWithHeaders: boolean;
}

describe('[integration] guard: on the wire', function () {
  this.timeout(20_000);
  let upstream: UpstreamServer;
  let guard: Guard;
  let session: ClientHttp2Session;
  let serve: (call: Received) => void;
  const received: Received[] = [];

  before(async () => {
    upstream = await UpstreamServer.start((call) => {
      received.push(call);
      serve(call);
    });
    guard = await open(new Admission(undefined));
    session = connect(`http://${guard.address}`);
  });
  after(async () => {
    session?.close();
    await guard?.close(0);
    await upstream?.stop();
  });
  beforeEach(() => {
    received.length = 0;
  });

  function open(admission: Admission): Promise<Guard> {
    const nowhere = Connection.lazy({ address: '127.0.0.1:1' });
    const judge = new Judge(nowhere, () => Promise.reject(new Error('no registry here')));
    const to = { host: '127.0.0.1', port: 0, upstream: { address: upstream.address } };
    return Guard.listen({ ...to, judge, admission, ownKey: false, onJudged: () => undefined });
  }

  const call = (headers: OutgoingHttpHeaders = {}, on = session): ClientHttp2Stream =>
    on.request({
      ':method': 'POST',
      ':path': POLL,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });

  function answerOf(stream: ClientHttp2Stream): Promise<Answered> {
    return new Promise((resolve, reject) => {
      let headers: Record<string, unknown> = {};
      let trailers: Record<string, unknown> | undefined;
      let endedWithHeaders = false;
      const chunks: Buffer[] = [];
      stream.on('response', (given, flags) => {
        headers = given;
        endedWithHeaders = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      });
      stream.on('trailers', (given: Record<string, unknown>) => {
        trailers = given;
      });
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', reject);
      stream.on('close', () => resolve({ headers, body: Buffer.concat(chunks), trailers, endedWithHeaders }));
    });
  }

  it('bytes, metadata and trailers arrive as they were sent, both ways', async () => {
    const [asked, told] = [randomBytes(3_000_000), randomBytes(3_000_000)];
    serve = ({ stream, body }) =>
      void body.then(() => {
        stream.on('wantTrailers', () =>
          stream.sendTrailers({ ...OK, 'grpc-message': 'a%20b', 'x-more-bin': ['AAE', 'AAI'] }),
        );
        stream.respond(
          { ':status': 200, 'content-type': 'application/grpc+proto', 'x-of-server': ['1', '2'] },
          { waitForTrailers: true, sendDate: false } as object,
        );
        stream.end(told);
      });
    const stream = call({
      'grpc-timeout': '70S',
      'grpc-encoding': 'gzip',
      'grpc-accept-encoding': 'gzip,identity',
      'user-agent': 'of-the-client/1',
      authorization: 'Bearer an-api-key',
      'x-repeated': ['a', 'b'],
      'x-binary-bin': ['q83v', 'AAEC'],
    });
    stream.end(asked);
    const { headers, body, trailers } = await answerOf(stream);
    assert.ok(body.equals(told));
    assert.equal(headers['content-type'], 'application/grpc+proto');
    assert.equal(headers['x-of-server'], '1, 2');
    assert.equal(headers['date'], undefined);
    assert.deepEqual(Object.fromEntries(Object.entries(trailers ?? {})), {
      ...OK,
      'grpc-message': 'a%20b',
      'x-more-bin': 'AAE, AAI',
    });
    const [got] = received as [Received];
    assert.ok((await got.body).equals(asked));
    const fields = [...got.raw.keys()]
      .filter((i) => i % 2 === 0)
      .map((i) => `${got.raw[i]}: ${got.raw[i + 1]}`);
    assert.deepEqual(fields.sort(), [
      `:authority: ${upstream.address}`,
      ':method: POST',
      `:path: ${POLL}`,
      ':scheme: http',
      'authorization: Bearer an-api-key',
      'content-type: application/grpc',
      'grpc-accept-encoding: gzip,identity',
      'grpc-encoding: gzip',
      'grpc-timeout: 70S',
      'te: trailers',
      'user-agent: of-the-client/1',
      'x-binary-bin: AAEC',
      'x-binary-bin: q83v',
      'x-repeated: a',
      'x-repeated: b',
    ]);
  });

  it('an answer of headers alone stays one', async () => {
    serve = ({ stream }) =>
      stream.respond(
        { ':status': 200, 'grpc-status': '5', 'grpc-message': 'gone: x; y' },
        { endStream: true },
      );
    const stream = call();
    stream.end('x');
    const { headers, endedWithHeaders } = await answerOf(stream);
    assert.deepEqual(
      [endedWithHeaders, headers['grpc-status'], headers['grpc-message']],
      [true, '5', 'gone: x; y'],
    );
  });

  it('a client that gives up ends the call of the server, and its code goes along', async () => {
    let ended: number | undefined;
    serve = ({ stream }) => void stream.on('close', () => (ended = stream.rstCode));
    const stream = call();
    stream.on('error', () => undefined);
    stream.end('x');
    await until(() => received.length === 1);
    stream.close(constants.NGHTTP2_CANCEL);
    await until(() => ended === constants.NGHTTP2_CANCEL);
  });

  it('so does a client that vanishes', async () => {
    let ended = false;
    serve = ({ stream }) => void stream.on('close', () => (ended = true));
    const gone = connect(`http://${guard.address}`);
    gone.on('error', () => undefined);
    const stream = call({}, gone);
    stream.on('error', () => undefined);
    stream.end('x');
    await until(() => received.length === 1);
    gone.destroy();
    await until(() => ended);
  });

  it('a call that the server resets is reset with its code; a connection that breaks is UNAVAILABLE', async () => {
    serve = ({ stream }) => stream.close(constants.NGHTTP2_REFUSED_STREAM);
    const refused = call();
    refused.on('error', () => undefined);
    refused.end('x');
    await new Promise((resolve) => refused.on('close', resolve));
    assert.equal(refused.rstCode, constants.NGHTTP2_REFUSED_STREAM);

    serve = ({ stream }) => stream.session?.destroy();
    const broken = call();
    broken.end('x');
    assert.equal((await answerOf(broken)).headers['grpc-status'], '14');

    serve = ({ stream }) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      stream.write('half', () => stream.session?.destroy());
    };
    const half = call();
    half.end('x');
    assert.equal((await answerOf(half)).trailers?.['grpc-status'], '14');
  });

  it('a server that sends its clients away gets new calls on a new connection, and ends the old ones', async () => {
    const finish: (() => void)[] = [];
    serve = ({ stream }) =>
      void finish.push(() => stream.respond({ ':status': 200, ...OK }, { endStream: true }));
    const first = call();
    first.end('x');
    const firstAnswer = answerOf(first);
    await until(() => finish.length === 1);
    for (const one of upstream.sessions) one.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const second = call();
    second.end('x');
    const secondAnswer = answerOf(second);
    await until(() => finish.length === 2);
    for (const one of finish) one();
    assert.deepEqual(
      [(await firstAnswer).headers['grpc-status'], (await secondAnswer).headers['grpc-status']],
      ['0', '0'],
    );
  });

  it('a side that answers no ping any more is given up', async () => {
    const [host = '', port] = upstream.address.split(':');
    const cable = await TcpProxy.to(host, Number(port));
    const far = connect(`http://127.0.0.1:${cable.port}`);
    far.on('error', () => undefined);
    await once(far, 'connect');
    // Both sides are this process: a moment in which it stands still must not count as no answer.
    keepAlive(far, 40, 1_500);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    assert.equal(far.destroyed, false);
    cable.loseReplies();
    await until(() => far.destroyed, 10_000);
    await cable.cut();
  });

  it('who reads slowly holds the server back', async () => {
    let sent = 0;
    const chunk = Buffer.alloc(64 * 1024);
    serve = ({ stream }) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      const more = (): void => {
        while (sent < 64 * 1024 * 1024) {
          sent += chunk.length;
          if (!stream.write(chunk)) return void stream.once('drain', more);
        }
        stream.end();
      };
      more();
    };
    const stream = call();
    stream.on('error', () => undefined);
    stream.end('x');
    await once(stream, 'response');
    stream.pause();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const standing = sent;
    assert.ok(standing < 8 * 1024 * 1024, `${standing} bytes were taken`);
    stream.close(constants.NGHTTP2_CANCEL);
  });

  it('with tokens: none or a wrong one is UNAUTHENTICATED, a right one is taken off and the guard’s key put there', async () => {
    const token = randomBytes(16).toString('hex');
    const wary = await open(new Admission(['another token, sixteen', token], 'key-of-the-guard'));
    const near = connect(`http://${wary.address}`);
    try {
      serve = ({ stream }) => stream.respond({ ':status': 200, ...OK }, { endStream: true });
      for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: token }]) {
        const stream = call(headers, near);
        stream.end('x');
        const { headers: answer } = await answerOf(stream);
        assert.equal(answer['grpc-status'], '16');
      }
      assert.equal(received.length, 0);
      const stream = call({ authorization: `Bearer ${token}` }, near);
      stream.end('x');
      assert.equal((await answerOf(stream)).headers['grpc-status'], '0');
      assert.equal(received[0]?.headers.authorization, 'Bearer key-of-the-guard');
    } finally {
      near.close();
      await wary.close(0);
    }
  });

  it('closing: what is under way ends in its time, or is told UNAVAILABLE when that is over; nothing stays open', async () => {
    const leaving = await open(new Admission(undefined));
    const near = connect(`http://${leaving.address}`);
    const finish: (() => void)[] = [];
    const ended: boolean[] = [];
    serve = ({ stream }) => {
      stream.on('close', () => ended.push(true));
      finish.push(() => stream.respond({ ':status': 200, ...OK }, { endStream: true }));
    };
    const [quick, slow] = [call({}, near), call({}, near)];
    quick.end('x');
    slow.end('x');
    const answers = [answerOf(quick), answerOf(slow)] as const;
    await until(() => finish.length === 2);
    const goaway = once(near, 'goaway');
    const startedAt = performance.now();
    const closed = leaving.close(2_000);
    await goaway;
    finish[0]?.();
    assert.equal((await answers[0]).headers['grpc-status'], '0');
    assert.ok(performance.now() - startedAt < 2_000);
    await closed;
    assert.equal((await answers[1]).headers['grpc-status'], '14');
    await until(() => ended.length === 2);
    assert.ok(performance.now() - startedAt < 10_000);
    near.close();
  });

  it('what can’t be judged is not sent: half a message, two messages, an unknown compression, too much', async () => {
    const create = { ':path': POLL.replace('PollWorkflowTaskQueue', 'CreateSchedule') };
    const frame = (flag: number, payload: Buffer): Buffer => {
      const prefix = Buffer.alloc(5);
      prefix.writeUInt8(flag);
      prefix.writeUInt32BE(payload.length, 1);
      return Buffer.concat([prefix, payload]);
    };
    const one = frame(0, Buffer.alloc(0));
    for (const [body, headers, status] of [
      [Buffer.from('abc'), {}, '3'],
      [one.subarray(0, 4), {}, '3'],
      [Buffer.concat([one, one]), {}, '3'],
      // What comes after the end of gzip is passed over by whoever unpacks it.
      [Buffer.concat([frame(1, gzipSync('')), one]), { 'grpc-encoding': 'gzip' }, '3'],
      [frame(0, Buffer.from([0xff, 0xff])), {}, '3'],
      [frame(1, Buffer.from('x')), { 'grpc-encoding': 'gzip' }, '3'],
      [frame(1, Buffer.from('x')), { 'grpc-encoding': 'zstd' }, '12'],
      [Buffer.alloc(17 * 1024 * 1024), {}, '8'],
    ] as const) {
      const stream = call({ ...create, ...headers });
      stream.end(body);
      assert.equal((await answerOf(stream)).headers['grpc-status'], status);
    }
    assert.equal(received.length, 0);
  });
});
