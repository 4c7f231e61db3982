import fc from 'fast-check';
import { assert } from '../../helpers/assert';
import { explicitKeyText } from '../../../src/key/key-text';
import { inWindow, needsClock, validateWindow, windowName, type Window } from '../../../src/key/window';

const hour = (timezone: string, at: string): string =>
  windowName({ per: 'hour', timezone, at: new Date(at) });
const day = (timezone: string, at: string): string => windowName({ per: 'day', timezone, at: new Date(at) });

describe('[keys] windows', () => {
  it('a day is the civil date in its zone', () => {
    assert.equal(windowName({ per: 'day', at: new Date('2025-10-01T23:59:59.999Z') }), '2025-10-01');
    assert.equal(day('Europe/Berlin', '2025-09-30T22:00:00Z'), '2025-10-01');
    assert.equal(day('Europe/Berlin', '2025-09-30T21:59:59.999Z'), '2025-09-30');
    assert.equal(day('America/Los_Angeles', '2025-10-01T06:59:59Z'), '2025-09-30');
    assert.equal(day('Pacific/Kiritimati', '2025-12-31T10:00:00Z'), '2026-01-01');
  });

  it('a day of 23 or 25 hours is one day', () => {
    const names = (from: string, hours: number): Set<string> =>
      new Set(
        Array.from({ length: hours }, (_, n) =>
          day('Europe/Berlin', new Date(Date.parse(from) + n * 3_600_000).toISOString()),
        ),
      );
    assert.deepEqual([...names('2025-10-25T22:00:00Z', 25)], ['2025-10-26']);
    assert.deepEqual([...names('2025-03-29T23:00:00Z', 23)], ['2025-03-30']);
  });

  it('an hour that is repeated is two, one that is left out is none', () => {
    assert.equal(hour('Europe/Berlin', '2025-10-26T00:30:00Z'), '2025-10-26T02+02:00');
    assert.equal(hour('Europe/Berlin', '2025-10-26T01:30:00Z'), '2025-10-26T02+01:00');
    assert.equal(hour('Europe/Berlin', '2025-03-30T00:59:59Z'), '2025-03-30T01+01:00');
    assert.equal(hour('Europe/Berlin', '2025-03-30T01:00:00Z'), '2025-03-30T03+02:00');
    assert.equal(hour('Australia/Lord_Howe', '2025-04-05T14:45:00Z'), '2025-04-06T01+11:00');
    assert.equal(hour('Australia/Lord_Howe', '2025-04-05T15:05:00Z'), '2025-04-06T01+10:30');
  });

  it('hours are written with the offset of their zone; midnight is 00', () => {
    assert.equal(windowName({ per: 'hour', at: new Date('2025-10-01T09:59:59.999Z') }), '2025-10-01T09Z');
    assert.equal(hour('Asia/Kolkata', '2025-10-01T00:00:00Z'), '2025-10-01T05+05:30');
    assert.equal(hour('UTC', '2025-10-01T00:00:00Z'), '2025-10-01T00Z');
    assert.equal(hour('America/New_York', '2025-07-01T00:00:00Z'), '2025-06-30T20-04:00');
    assert.equal(hour('Europe/Amsterdam', '1930-01-01T12:00:00Z').slice(0, 13), '1930-01-01T12');
    assert.equal(hour('Europe/London', '2025-12-01T00:30:00Z'), '2025-12-01T00Z');
  });

  it('an occurrence is its instant, or words of your own', () => {
    const at = new Date('2025-10-01T09:00:00.000Z');
    assert.equal(windowName({ occurrence: at }), 'at:2025-10-01T09:00:00.000Z');
    assert.equal(windowName({ occurrence: 'nightly 7' }), 'at:nightly 7');
    assert.equal(windowName({ occurrence: 'a@b/c%' }), 'at:a%40b%2Fc%25');
    assert.equal(windowName({ occurrence: at.toISOString() }), windowName({ occurrence: at }));
  });

  it('two windows or two keys never meet', () => {
    const text = fc
      .array(fc.constantFrom('@', '/', '%', '4', '0', 'a', 't', ':', '=', '#', '~', '2025-10-01'), {
        maxLength: 4,
      })
      .map((parts) => parts.join(''));
    const occurrence = text.filter((name) => name !== '');
    const inputs = fc.record({ occurrence: fc.option(occurrence, { nil: undefined }), key: text });
    const made = ({ occurrence: name, key }: { occurrence: string | undefined; key: string }): string =>
      inWindow(name === undefined ? undefined : windowName({ occurrence: name }), explicitKeyText(key));
    fc.assert(
      fc.property(inputs, inputs, (one, other) => {
        const same = one.occurrence === other.occurrence && one.key === other.key;
        assert.equal(made(one) === made(other), same);
      }),
      { numRuns: 3_000 },
    );
    assert.equal(inWindow('2025-10-01', explicitKeyText('order-42')), '@2025-10-01@order-42');
    assert.notEqual(inWindow('2025-10-01', explicitKeyText('x')), explicitKeyText('@2025-10-01@x'));
  });

  it('instants of one zone share a window exactly when they share the civil hour', () => {
    const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'];
    const start = Date.parse('2024-01-01T00:00:00Z');
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 3 * 365 * 24 * 60 }),
        fc.integer({ min: -90, max: 90 }),
        (timezone, minutes, apart) => {
          const [a, b] = [minutes, minutes + apart].map((m) => new Date(start + m * 60_000)) as [Date, Date];
          const local = (at: Date): string =>
            at
              .toLocaleString('sv-SE', { timeZone: timezone, timeZoneName: 'longOffset' })
              .replace(/:\d\d:\d\d /, ' ');
          const name = (at: Date): string => windowName({ per: 'hour', timezone, at });
          assert.equal(name(a) === name(b), local(a) === local(b));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('only a calendar window without an instant asks for the time', () => {
    assert.ok(needsClock({ per: 'day' }));
    assert.ok(!needsClock({ per: 'day', at: new Date() }));
    assert.ok(!needsClock({ occurrence: 'x' }));
    assert.equal(windowName({ per: 'day' }, new Date('2025-10-01T10:00:00Z')), '2025-10-01');
    assert.throws(() => windowName({ per: 'day' }), { option: 'window.at' });
  });
});

describe('[edge] what is no window', () => {
  const wrong: readonly (readonly [string, unknown, string])[] = [
    ['null', null, 'window'],
    ['a word', 'day', 'window'],
    ['an unknown period', { per: 'week' }, 'window.per'],
    ['no period', {}, 'window.per'],
    ['an unknown zone', { per: 'day', timezone: 'Europe/Atlantis' }, 'window.timezone'],
    ['an empty zone', { per: 'day', timezone: '' }, 'window.timezone'],
    ['a zone that is no text', { per: 'day', timezone: 7 }, 'window.timezone'],
    ['an instant that is none', { per: 'day', at: new Date(NaN) }, 'window.at'],
    ['an instant as text', { per: 'day', at: '2025-10-01' }, 'window.at'],
    ['a year out of reach', { per: 'day', at: new Date(-62198755200001) }, 'window.at'],
    ['an empty occurrence', { occurrence: '' }, 'window.occurrence'],
    ['an absent occurrence', { occurrence: undefined }, 'window.occurrence'],
    ['both forms', { occurrence: 'x', per: 'day' }, 'window'],
    ['an unknown field', { per: 'day', zone: 'UTC' }, 'window.zone'],
  ];
  for (const [what, window, option] of wrong) {
    it(what, () => {
      assert.throws(() => validateWindow(window), { code: 'INVALID_OPTION', option });
      assert.throws(() => windowName(window as Window, new Date()), { code: 'INVALID_OPTION', option });
    });
  }
});
