import { gzipSync } from 'node:zlib';
import { InvalidOptionError } from '../../../src/errors';
import { encodeMessage } from '../../../src/guard/grpc-status';
import { messageOf } from '../../../src/guard/held-message';
import { isLoopback, listenAddress } from '../../../src/guard/listen-address';
import { specInput } from '../../../src/guard/request-spec';
import { timeoutHeader, timeoutMs } from '../../../src/guard/timeout-header';
import { canonical, requireSpec } from '../../../src/schedules/spec';
import { assert } from '../../helpers/assert';

describe('[edge] guard: texts and messages', () => {
  it('grpc-message: only what must be is encoded, and every client has room for it', () => {
    assert.equal(encodeMessage('next at 09:00; free: +1 ~'), 'next at 09:00; free: +1 ~');
    assert.equal(encodeMessage('100 %\nüber\t→'), '100 %25%0A%C3%BCber%09%E2%86%92');
    const long = encodeMessage('→'.repeat(10_000));
    assert.ok(long.length <= 4_100);
    assert.match(long, /^(%E2%86%92)+ \.\.\.$/);
    for (const text of ['a%b', 'ü→%3A', 'a:b;c']) assert.equal(decodeURIComponent(encodeMessage(text)), text);
  });

  it('grpc-timeout: every unit, and what is left of it', () => {
    assert.deepEqual(
      ['2H', '3M', '10S', '250m', '4000u', '5000000n', '123456789S', '5', 'x', undefined].map(timeoutMs),
      [7_200_000, 180_000, 10_000, 250, 4, 5, undefined, undefined, undefined, undefined],
    );
    assert.equal(timeoutHeader(1234.9), '1234m');
    assert.equal(timeoutHeader(0.2), '1m');
    assert.equal(timeoutHeader(100_000_000), '100000S');
  });

  it('a compressed message is read up to a bound', async () => {
    const framed = (payload: Buffer, flag = 1): Buffer => {
      const prefix = Buffer.alloc(5);
      prefix.writeUInt8(flag);
      prefix.writeUInt32BE(payload.length, 1);
      return Buffer.concat([prefix, payload]);
    };
    assert.equal(String(await messageOf(framed(gzipSync('spec')), 'gzip')), 'spec');
    assert.equal(String(await messageOf(framed(Buffer.from('plain'), 0), 'gzip')), 'plain');
    await assert.rejects(messageOf(framed(gzipSync(Buffer.alloc(17 * 1024 * 1024))), 'gzip'), /larger than/);
    await assert.rejects(messageOf(framed(Buffer.from('x')), 'constructor'), /reads gzip and deflate/);
  });

  it('where it listens, and whether others can get there', () => {
    assert.deepEqual(listenAddress('[::1]:7230'), { host: '::1', port: 7230 });
    for (const text of ['127.0.0.1:0', '127.8.0.1:1', 'localhost:7230', '[::1]:7230'])
      assert.equal(isLoopback(listenAddress(text)), true, text);
    for (const text of ['0.0.0.0:7230', '[::]:7230', '10.0.0.1:7230', 'guard:7230', '127.example.com:7230'])
      assert.equal(isLoopback(listenAddress(text)), false, text);
    for (const text of ['7230', ':7230', '127.0.0.1', '127.0.0.1:99999', 'a:b:1', ''])
      assert.throws(() => listenAddress(text), InvalidOptionError, text);
  });

  it('every form in which a client may write the same times is one', () => {
    const forms = [
      { cronString: ['0,30 8-17 * * MON-FRI'] },
      { calendar: [{ minute: '0,30', hour: '8-17', dayOfWeek: '1-5' }] },
      {
        structuredCalendar: [
          {
            minute: [{ start: 0 }, { start: 30, end: 0, step: 0 }],
            hour: [{ start: 8, end: 17, step: 1 }],
            dayOfWeek: [{ start: 1, end: 5 }],
          },
        ],
      },
    ];
    const [first, ...others] = forms.map((form) => canonical(requireSpec(specInput(form))));
    for (const other of others) assert.equal(other, first);
    const seconds = (value: number): { seconds: never } => ({ seconds: value as never });
    assert.equal(
      canonical(requireSpec(specInput({ interval: [{ interval: seconds(1800), phase: seconds(60) }] }))),
      canonical(requireSpec({ cronExpressions: ['1,31 * * * *'] })),
    );
    const left = specInput({ ...forms[0], excludeCalendar: [{ hour: '12' }] });
    assert.notEqual(canonical(requireSpec(left)), first);
  });
});
