import type { Idempotency } from '../../src';
import { isAnswer, linesIn } from './crew';
import { brokenPromises, lostOutcomes, type Line, type Recorded } from './promises';
import type { ReplicatedPostgres } from './replicated-postgres';

export interface Judged {
  /** All that was written down, what was taken over in the end included. */
  readonly lines: readonly Line[];
  readonly lost: readonly string[];
  readonly broken: readonly string[];
}

/**
 * Holds what the processes of a crew have written down in `folder` against what the promoted replica has, once they have ended. What
 * somebody held who never answered is an unknown outcome, and is taken over first: whoever comes next is told so.
 */
export async function judged(
  at: ReplicatedPostgres,
  once: Idempotency,
  { folder, schema }: { readonly folder: string; readonly schema: string },
): Promise<Judged> {
  const lines = linesIn(folder);
  const open = lines.filter(
    ({ is, key }) => is === 'began' && !lines.some((one) => isAnswer(one) && one.key === key),
  );
  for (const { key } of open) {
    const tellsAttempt = ({ fence, attempt }: { fence: bigint; attempt: number }): string => {
      lines.push({ is: 'began', key, body: `after-${fence}`, fence: fence.toString(), attempt });
      return `after-${fence}`;
    };
    lines.push({ is: 'answered', key, body: await once.run({ type: key, key }, tellsAttempt) });
  }
  const recorded = await recordedIn(at, once, schema);
  return { lines, lost: lostOutcomes(lines, recorded), broken: brokenPromises(lines, recorded) };
}

/** What the new primary has, and what it was told could not be recorded. */
async function recordedIn(at: ReplicatedPostgres, once: Idempotency, schema: string): Promise<Recorded> {
  const rows = await at.ask(
    'replica',
    `SELECT type, payload FROM "${schema}".records WHERE state = 2 AND type LIKE 'order-%'`,
  );
  const { counts } = await once.stats();
  const results = new Map<string, string>();
  for (const { type } of rows as { type: string }[]) {
    const found = await once.lookup({ type, key: type });
    results.set(type, String((found as { result?: unknown } | undefined)?.result));
  }
  const unrecorded = counts.filter(({ path }) => path === 'completed_unrecorded').map(({ type }) => type);
  return { results, unrecorded: new Set(unrecorded) };
}
