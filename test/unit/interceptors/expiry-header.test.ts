import { defaultPayloadConverter } from '@temporalio/common';
import { expiryHeader, expiryIn, InvalidOptionError, withoutExpiry } from '../../../src';
import { readHeader, writeHeader } from '../../../src/interceptors/header';
import { assert } from '../../helpers/assert';

describe('[edge] the header of schedules whose runs expire', () => {
  it('says the time and the jitter, in words or numbers', () => {
    for (const [expiresAfter, jitter, jitterMs] of [
      ['10m', undefined, 0],
      [600_000, 0, 0],
      ['10 minutes', '0s', 0],
      ['10m', '0.5s', 500],
      ['10m', 30_000, 30_000],
    ] as const) {
      const said = expiryIn(expiryHeader({ expiresAfter, jitter }));
      assert.deepEqual(said, { afterMs: 600_000, jitterMs });
    }
  });

  it('keeps what else is there, when it comes and when it goes', () => {
    const foreign = { tracing: defaultPayloadConverter.toPayload('t-1') };
    const occurrence = { keyText: 'k' };
    const both = writeHeader(foreign, { occurrence });
    const expiring = expiryHeader({ expiresAfter: '1m' }, both);
    assert.deepEqual(readHeader(expiring)?.occurrence, occurrence);
    assert.deepEqual(withoutExpiry(expiring), both);
    assert.deepEqual(withoutExpiry(expiryHeader({ expiresAfter: '1m' }, foreign)), foreign);
    assert.deepEqual(withoutExpiry(foreign), foreign);
    assert.equal(expiryIn(foreign), undefined);
  });

  it('a time that is none is refused', () => {
    for (const expiresAfter of [0, -1, 999, NaN, '', 'soon', '20 years'])
      assert.throws(() => expiryHeader({ expiresAfter }), InvalidOptionError);
    for (const jitter of [-1, NaN, 'some'])
      assert.throws(() => expiryHeader({ expiresAfter: '1m', jitter }), InvalidOptionError);
  });
});
