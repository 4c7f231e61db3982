const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Text is built in pieces: one call per piece, and no argument list that is too long. */
const PIECE_CHARS = 8192;

/** Base64url without padding, for places that have no Buffer. */
export function base64url(bytes: Uint8Array): string {
  const codes = new Uint8Array(Math.ceil((bytes.length * 4) / 3));
  let at = 0;
  for (let index = 0; index < bytes.length; index += 3) {
    // Beyond the end there is nothing: the last characters are cut by the length of `codes`.
    const bits = ((bytes[index] ?? 0) << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    for (let shift = 18; shift >= 0; shift -= 6) codes[at++] = alphabet.charCodeAt((bits >> shift) & 63);
  }
  let text = '';
  for (let start = 0; start < codes.length; start += PIECE_CHARS) {
    text += String.fromCharCode(...codes.subarray(start, start + PIECE_CHARS));
  }
  return text;
}

/** The bytes of a text that `base64url` wrote. Characters that are none of its alphabet end it. */
export function base64urlBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let at = 0;
  let bits = 0;
  let held = 0;
  for (const char of text) {
    const six = alphabet.indexOf(char);
    if (six < 0) break;
    bits = ((bits << 6) | six) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[at++] = (bits >> held) & 0xff;
  }
  return bytes.subarray(0, at);
}
