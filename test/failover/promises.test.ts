import { assert } from '../helpers/assert';
import { brokenPromises, lostOutcomes, type Line, type Recorded } from './promises';

describe('[contract] the judge of failovers', () => {
  const began = (body: string, attempt = 1, fence = body): Line => ({
    ...{ is: 'began', key: 'k', body, fence, attempt },
  });
  const answered = (body: string): Line => ({ is: 'answered', key: 'k', body });
  const having = (result?: string, unrecorded: string[] = []): Recorded => ({
    results: new Map(result === undefined ? [] : [['k', result]]),
    unrecorded: new Set(unrecorded),
  });

  it('finds nothing wrong with a declared second run, nor with what was counted as unrecorded', () => {
    const kept: readonly [readonly Line[], Recorded][] = [
      [[began('1'), answered('1'), answered('1')], having('1')],
      [[began('1'), began('2', 2), answered('2')], having('2')],
      [[began('1')], having()],
      [[began('1'), answered('1'), began('2', 2), answered('2')], having('2', ['k'])],
    ];
    for (const [lines, recorded] of kept) {
      assert.deepEqual(lostOutcomes(lines, recorded), []);
      assert.deepEqual(brokenPromises(lines, recorded), []);
    }
  });

  it('finds an outcome that was answered and is lost', () => {
    assert.deepEqual(lostOutcomes([began('1'), answered('1')], having()), ['k']);
  });

  const broken: Readonly<Record<string, readonly [RegExp, readonly Line[], Recorded]>> = {
    'a second run that was not told of the first': [
      /neither was told/,
      [began('1'), began('2')],
      having('2'),
    ],
    'two answers': [/answered to one/, [answered('1'), answered('2')], having('2')],
    'an answer that does not stand': [/and 2 stands/, [answered('1')], having('2')],
    'a fence given twice': [/fence 7 was given/, [began('1', 1, '7'), began('2', 2, '7')], having('2')],
  };
  for (const [what, [fault, lines, recorded]] of Object.entries(broken)) {
    it(`finds ${what}`, () => assert.match(brokenPromises(lines, recorded).join('\n'), fault));
  }
});
