import Table from 'cli-table3';
import type { Command } from 'commander';
import type { ListedRecord } from '../stores/records-view';
import { colorsOf, type Colors } from './colors';
import { visibleText } from '../visible-text';
import { durationText } from './duration-text';

/** Shown as an escape. */
export const safeText = visibleText;

export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

export function recordTable(records: readonly ListedRecord[], command: Command): string {
  const colors = colorsOf(command);
  return tableOf(
    ['key', 'state', 'age', 'ends in', 'runs', 'label', 'by'],
    records.map((one) => [
      safeText(one.key),
      stateText(one, colors),
      durationText(one.ageMs),
      one.state === 'free' || one.state === 'vanished' ? '' : durationText(one.remainingMs),
      String(one.runs),
      safeText(one.label ?? ''),
      safeText(ownerText(one)),
    ]),
  );
}

export function stateText(
  { state, isUnknown }: Pick<ListedRecord, 'state' | 'isUnknown'>,
  colors: Colors,
): string {
  if (state === 'failed' && isUnknown) return colors.red('failed, outcome unknown');
  const paint = {
    running: colors.cyan,
    vanished: colors.red,
    completed: colors.green,
    failed: colors.yellow,
    free: colors.dim,
  }[state];
  return paint(state === 'vanished' ? 'vanished, outcome unknown' : state);
}

/** Workflow or process, as short as it can be found again by. */
export function ownerText({ owner }: Pick<ListedRecord, 'owner'>): string {
  const { workflowId, activityId, host, process: pid } = owner;
  if (workflowId !== undefined)
    return activityId === undefined ? workflowId : `${workflowId} / ${activityId}`;
  return host === undefined ? (activityId ?? '') : `${host} ${pid ?? ''}`.trim();
}
