const SUMMARY_BYTES = 200;

/** Where the rationale of a job goes: the action's own texts, which the user interface shows with every run. */
export interface WhyTexts {
  /** One line, at most 200 bytes. */
  readonly summary: string;
  /** The whole, where the summary had to be cut. */
  readonly details: string | undefined;
}

export function whyTexts(why: string): WhyTexts {
  const whole = why.trim();
  const oneLine = whole.replace(/\s+/g, ' ');
  if (oneLine === whole && Buffer.byteLength(whole) <= SUMMARY_BYTES)
    return { summary: whole, details: undefined };
  return { summary: cut(oneLine), details: whole };
}

/** The whole text again. */
export function whyOf(summary: string | undefined, details: string | undefined): string {
  return details ?? summary ?? '';
}

function cut(line: string): string {
  if (Buffer.byteLength(line) <= SUMMARY_BYTES) return line;
  let kept = '';
  for (const letter of line) {
    if (Buffer.byteLength(`${kept}${letter}…`) > SUMMARY_BYTES) break;
    kept += letter;
  }
  return `${kept.trimEnd()}…`;
}
