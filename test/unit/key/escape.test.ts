import fc from 'fast-check';
import { assert } from '../../helpers/assert';
import {
  escapeInScope,
  escapeKeyText,
  escapeMarked,
  escapeNamespace,
  escapeType,
  escapeWindow,
} from '../../../src/key/escape';

const places: readonly (readonly [string, (text: string) => string])[] = [
  ['type', escapeType],
  ['namespace', escapeNamespace],
  ['scope', escapeInScope],
  ['window', escapeWindow],
  ['key', escapeKeyText],
  ['marked in a scope', (text) => escapeMarked(text, 'scope')],
  ['marked in a key', (text) => escapeMarked(text, 'key')],
];

/** What the documentation says a reader in another language does. */
function unescape(text: string): string {
  return text.replace(/%u([0-9A-F]{4})|%([0-9A-F]{2})/g, (_all, unit?: string, byte?: string) =>
    String.fromCharCode(parseInt(unit ?? byte ?? '', 16)),
  );
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc
    .array(
      fc.constantFrom(
        '%',
        '2',
        'F',
        '/',
        '~',
        '=',
        '#',
        '@',
        '&',
        '(',
        ')',
        ',',
        '*',
        '\ud800',
        '\udc00',
        'u',
        'D',
        '8',
        '0',
        '\0',
        'é',
        '😀',
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join('')),
);

describe('[keys] escaping', () => {
  for (const [place, escape] of places) {
    it(`is reversible, so injective: ${place}`, () => {
      fc.assert(
        fc.property(anyText, (text) => assert.equal(unescape(escape(text)), text)),
        { numRuns: 1500 },
      );
    });

    it(`leaves no separator, control character or lone surrogate: ${place}`, () => {
      fc.assert(
        fc.property(anyText, (text) => {
          assert.ok(!/[/\u0000-\u001f\u007f\ud800-\udfff]/u.test(escape(text)));
        }),
      );
    });
  }

  it('leaves readable text as it is', () => {
    for (const text of [
      'order-42',
      'autoclose:123:2025-10-01',
      'Jana Novák',
      '注文',
      '😀',
      'a+b@c.d?e!',
      '',
    ]) {
      assert.equal(escapeType(text), text);
      assert.equal(escapeKeyText(text), text);
      assert.equal(escapeInScope(text), text);
      assert.equal(escapeNamespace(text), text);
    }
  });

  it('escapes upper-case hexadecimal, byte by byte', () => {
    assert.equal(escapeType('a/b%\n\u007f\0'), 'a%2Fb%25%0A%7F%00');
    assert.equal(escapeType('\ud800x\udfff'), '%uD800x%uDFFF');
  });

  it('escapes marks only where they would be read as marks', () => {
    assert.equal(escapeKeyText('~=#'), '%7E=#');
    assert.equal(escapeKeyText('=a'), '%3Da');
    assert.equal(escapeKeyText('#a'), '%23a');
    assert.equal(escapeKeyText('@a@'), '%40a@');
    assert.equal(escapeWindow('@a@'), '%40a%40');
    assert.equal(escapeKeyText('a~=#&(),'), 'a~=#&(),');
    assert.equal(escapeInScope('~a~=&(),'), '%7Ea~%3D%26%28%29%2C');
    assert.equal(escapeMarked('~a=', 'scope'), '~a%3D');
    assert.equal(escapeMarked('~a=', 'key'), '~a=');
    assert.equal(escapeNamespace('*'), '%2A');
    assert.equal(escapeNamespace('a*'), 'a*');
    assert.equal(escapeNamespace('**'), '**');
  });
});
