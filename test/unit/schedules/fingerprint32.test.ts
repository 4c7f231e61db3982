import { fingerprint32 } from '../../../src/schedules/spec/fingerprint32';
import { assert } from '../../helpers/assert';

/** Length and hash of the bytes i * 7 + length, by dgryski/go-farm, which the server uses. */
const VECTORS: readonly (readonly [number, number])[] = [
  [0, 3696677242],
  [1, 3664926526],
  [2, 2025722801],
  [3, 408630740],
  [4, 4047111997],
  [5, 2030384654],
  [8, 1979941160],
  [12, 3813533096],
  [13, 3253722489],
  [20, 3071475830],
  [24, 4223966641],
  [25, 1202298680],
  [44, 1097459044],
  [45, 4293689999],
  [60, 893445952],
  [61, 628907055],
  [64, 1146082505],
  [100, 386192689],
  [200, 3248863856],
];

describe('[contract] Fingerprint32 of FarmHash', () => {
  for (const [length, hash] of VECTORS)
    it(`${length} bytes`, () => {
      const bytes = Uint8Array.from({ length }, (_, i) => i * 7 + length);
      assert.equal(fingerprint32(bytes), hash);
      // Also where the bytes do not begin their buffer.
      const within = new Uint8Array(length + 3);
      within.set(bytes, 3);
      assert.equal(fingerprint32(within.subarray(3)), hash);
    });
});
