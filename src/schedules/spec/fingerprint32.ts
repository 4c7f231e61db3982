// FarmHash's Fingerprint32 (Google, MIT licence), the hash from which the server draws its jitter. The libraries on npm are a
// native module and WebAssembly; this is a page.
const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;
const { imul } = Math;

const right = (x: number, by: number): number => (x >>> by) | (x << (32 - by));

function mix(h: number): number {
  h = imul(h ^ (h >>> 16), 0x85ebca6b);
  h = imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

const next = (h: number): number => (imul(right(h, 19), 5) + 0xe6546b64) | 0;
const word = (a: number): number => imul(right(imul(a, C1), 17), C2);
const mur = (a: number, h: number): number => next(h ^ word(a));

function upTo4(s: DataView, n: number): number {
  let b = 0;
  let c = 9;
  for (let i = 0; i < n; i++) {
    b = (imul(b, C1) + s.getInt8(i)) | 0;
    c ^= b;
  }
  return mix(mur(b, mur(n, c)));
}

function upTo12(s: DataView, n: number): number {
  const a = n + s.getInt32(0, true);
  const b = n * 5 + s.getInt32(n - 4, true);
  const c = 9 + s.getInt32((n >>> 1) & 4, true);
  return mix(mur(c, mur(b, mur(a, n * 5))));
}

function upTo24(s: DataView, n: number): number {
  let a = s.getInt32((n >>> 1) - 4, true);
  const b = s.getInt32(4, true);
  const c = s.getInt32(n - 8, true);
  const d = s.getInt32(n >>> 1, true);
  const e = s.getInt32(0, true);
  const f = s.getInt32(n - 4, true);
  let h = (imul(d, C1) + n) | 0;
  a = (right(a, 12) + f) | 0;
  h = (mur(c, h) + a) | 0;
  a = (right(a, 3) + c) | 0;
  h = (mur(e, h) + a) | 0;
  a = (right((a + f) | 0, 12) + d) | 0;
  return mix((mur(b, h) + a) | 0);
}

function longer(s: DataView, n: number): number {
  let h = n;
  let g = imul(C1, n);
  let f = g;
  const tail = (back: number): number => word(s.getInt32(n - back, true));
  h = next(next(h ^ tail(4)) ^ tail(16));
  g = next(next(g ^ tail(8)) ^ tail(12));
  f = (right((f + tail(20)) | 0, 19) + 113) | 0;
  for (let at = 0; n - at > 20; at += 20) {
    const a = s.getInt32(at, true);
    const b = s.getInt32(at + 4, true);
    const c = s.getInt32(at + 8, true);
    const d = s.getInt32(at + 12, true);
    const e = s.getInt32(at + 16, true);
    h = (mur(d, (h + a) | 0) + e) | 0;
    g = (mur(c, (g + b) | 0) + a) | 0;
    f = (mur((b + imul(e, C1)) | 0, (f + c) | 0) + d) | 0;
    f = (f + g) | 0;
    g = (g + f) | 0;
  }
  const turn = (x: number): number => imul(right(imul(right(x, 11), C1), 17), C1);
  h = imul(right(next((h + turn(g)) | 0), 17), C1);
  return imul(right(next((h + turn(f)) | 0), 17), C1);
}

/** @returns an unsigned number of 32 bits. */
export function fingerprint32(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const n = bytes.byteLength;
  const hash = n <= 4 ? upTo4 : n <= 12 ? upTo12 : n <= 24 ? upTo24 : longer;
  return hash(view, n) >>> 0;
}
