import { MAX_KEY_LENGTH } from '../../../src/http';
import { parseKeyHeader } from '../../../src/http/key-header';
import { assert } from '../../helpers/assert';

describe('[edge] the Idempotency-Key header', () => {
  const key = (header: string, bare = true) => {
    const parsed = parseKeyHeader(header, bare);
    return 'key' in parsed ? parsed.key : parsed.problem;
  };

  it('a structured-field String, with escapes and parameters; bare, the same key', () => {
    for (const [header, expected] of [
      ['"8e03978e-40d5"', '8e03978e-40d5'],
      ['8e03978e-40d5', '8e03978e-40d5'],
      ['  "padded"  ', 'padded'],
      ['" in side "', ' in side '],
      [String.raw`"a\"b\\c"`, String.raw`a"b\c`],
      ['"k";v=1; w', 'k'],
      ['"a, b"', 'a, b'],
      ['order:42/7', 'order:42/7'],
    ] as const)
      assert.equal(key(header), expected, header);
    assert.equal(key('abc', false), 'malformed');
    assert.equal(key('"abc"', false), 'abc');
  });

  it('whatever else is malformed', () => {
    const wrong = [
      '',
      ' ',
      '""',
      '"open',
      'open"',
      '"a""b"',
      '"a", "b"',
      'a, b',
      'a b',
      'a;b',
      'ä',
      '"ä"',
      '"a\tb"',
      String.raw`"a\n"`,
      '"a" x',
      '"a";B=1',
    ];
    for (const header of wrong) assert.equal(key(header), 'malformed', JSON.stringify(header));
    assert.deepEqual(parseKeyHeader(['a', 'b'], true), { problem: 'malformed' });
    assert.deepEqual(parseKeyHeader(undefined, true), { problem: 'missing' });
  });

  it(`longer than ${MAX_KEY_LENGTH} characters is too long`, () => {
    assert.equal(key('k'.repeat(MAX_KEY_LENGTH)), 'k'.repeat(MAX_KEY_LENGTH));
    assert.equal(key('k'.repeat(MAX_KEY_LENGTH + 1)), 'too-long');
    assert.equal(key(`"${'k'.repeat(MAX_KEY_LENGTH + 1)}"`), 'too-long');
  });
});
