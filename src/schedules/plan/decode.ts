import type { PlanProblem } from './problem';
import { MAX_PLAN_BYTES } from './yaml-limits';

/** The text of a plan without its byte order mark, or why there is none. */
export function decode(given: string | Uint8Array, file: string | undefined): string | PlanProblem {
  const refuse = (problem: string, remedy: string, line = 1, column = 1): PlanProblem => ({
    ...(file === undefined ? {} : { file }),
    line,
    column,
    rule: 'unreadable',
    path: '',
    problem,
    remedy,
  });
  const bytes = typeof given === 'string' ? Buffer.byteLength(given) : given.byteLength;
  if (bytes > MAX_PLAN_BYTES)
    return refuse(
      `larger than ${MAX_PLAN_BYTES / 1024} KiB`,
      'Split it into several plans; a plan knows its jobs only, so keep those together that must not meet.',
    );
  if (typeof given === 'string') return given.replace(/^\ufeff/, '');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(given);
  } catch {
    const [first, second] = given;
    if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
      return refuse('UTF-16, not UTF-8', 'Save the file as UTF-8.');
    // What can be read up to the first bad byte ends there.
    const good = new TextDecoder('utf-8').decode(given).split('\ufffd', 1)[0] ?? '';
    const lines = good.split('\n');
    return refuse('not UTF-8', 'Save the file as UTF-8.', lines.length, (lines.at(-1)?.length ?? 0) + 1);
  }
}
