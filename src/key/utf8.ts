/** Bytes of the text in UTF-8, counted without a Buffer (the workflow sandbox has none). */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    // Each half of a pair counts two of its four; a half that stands alone is written as U+FFFD: three.
    else if (code >= 0xd800 && code <= 0xdfff && isPaired(text, index, code)) bytes += 2;
    else bytes += 3;
  }
  return bytes;
}

function isPaired(text: string, index: number, code: number): boolean {
  // charCodeAt beyond an end is NaN, which is in no range.
  const other = text.charCodeAt(code < 0xdc00 ? index + 1 : index - 1);
  return code < 0xdc00 ? other >= 0xdc00 && other <= 0xdfff : other >= 0xd800 && other < 0xdc00;
}
