import type { Command } from 'commander';
import type { ByHand } from '../idempotency/by-hand';
import type { ListedStart, RecordFilter } from '../stores/records-view';
import { colorsOf } from './colors';
import { durationText } from './duration-text';
import type { PageFlags } from './list-flags';
import { safeText, tableOf } from './record-table';

/**
 * Starts that have no record (yet, or any more) and fit too: with the first page, where a label or a workflow leads to them. A
 * state, and an age, is one of records.
 */
export async function startsBeside(
  byHand: ByHand,
  { label, workflowId, namespace, type, keyPrefix, ...others }: RecordFilter,
  { limit, after }: PageFlags,
): Promise<readonly ListedStart[]> {
  const { state, olderThanMs, youngerThanMs } = others;
  const isOfRecords = [state, olderThanMs, youngerThanMs, after].some((one) => one !== undefined);
  if (isOfRecords || (label === undefined && workflowId === undefined)) return [];
  return byHand.starts({ label, workflowId, namespace, type, keyPrefix }, limit);
}

export function startLines(starts: readonly ListedStart[], command: Command): string[] {
  if (starts.length === 0) return [];
  const { cyan, yellow, red } = colorsOf(command);
  const paint = { open: cyan, ended: yellow, lost: red, completed: String, cleared: String };
  return [
    tableOf(
      ['start', 'state', 'age', 'label', 'workflow', 'run'],
      starts.map(({ key, state, ageMs, label, workflowId, lastRunId }) => [
        safeText(key),
        paint[state](state),
        durationText(ageMs),
        safeText(label ?? ''),
        safeText(workflowId),
        safeText(lastRunId),
      ]),
    ),
  ];
}
