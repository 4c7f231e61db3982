import { inspect } from 'node:util';
import { ApplicationFailure } from '@temporalio/common';
import type { Command } from 'commander';
import type { OutcomeShown } from '../idempotency/by-hand';
import type { KeyLife } from '../stores/records-view';
import { colorsOf } from './colors';
import { durationText } from './duration-text';
import { instantText } from './instant';
import { safeText, stateText } from './record-table';

/** The life of a key as JSON: payloads only where they were asked for. */
export function lifeReport(key: string, life: KeyLife | undefined, shown: OutcomeShown | undefined): object {
  if (life === undefined) return { key, state: 'free', record: null };
  const { record, ...rest } = life;
  if (record === undefined) return { ...rest, state: 'free', record: null };
  const { payload: _payload, context: _context, ...known } = record;
  return {
    ...rest,
    state: record.state,
    record: { ...known, ...(shown === undefined ? {} : revealedReport(shown)) },
  };
}

function revealedReport({ result, error }: OutcomeShown): object {
  if (error === undefined) return { result };
  const { name, message } = error;
  const more = error instanceof ApplicationFailure ? { type: error.type, details: error.details } : {};
  return { error: { name, message, ...more } };
}

/** The life of a key for a person: a line each. */
export function lifeLines(
  key: string,
  life: KeyLife | undefined,
  shown: OutcomeShown | undefined,
  command: Command,
): string[] {
  const colors = colorsOf(command);
  const line = (name: string, text: string): string => `${colors.dim(name.padEnd(10))} ${text}`;
  const lines = [line('key', safeText(key))];
  if (life === undefined) return [...lines, line('state', 'free: nothing is recorded')];
  const { record, start, steps, audit, isClearPending } = life;
  if (record === undefined) lines.push(line('state', 'free: nothing is recorded'));
  else {
    const { settledAt, label, payloadBytes, fingerprint } = record;
    const ends = record.state === 'running' ? 'lease ends in' : 'ends in';
    const left = record.remainingMs > 0 ? `, ${ends} ${durationText(record.remainingMs)}` : '';
    lines.push(
      line('state', `${stateText(record, colors)}${left}`),
      line('claimed', `${instantText(record.claimedAt)}, ${durationText(record.ageMs)} ago`),
      line('fence', `${record.fence}, run ${record.runs}`),
      ...(settledAt === undefined ? [] : [line('settled', instantText(settledAt))]),
      ...(label === undefined ? [] : [line('label', safeText(label))]),
      // As `keys derive --args` writes it: two that are not the same are other arguments.
      ...(fingerprint === undefined ? [] : [line('arguments', `fingerprint ${fingerprint}`)]),
      ...Object.entries(record.owner).map(([name, value]) =>
        line('by', `${safeText(name)} ${safeText(value)}`),
      ),
      ...(payloadBytes === undefined ? [] : [line('outcome', outcomeText(payloadBytes, shown))]),
    );
  }
  for (const { name, at, isLive } of steps)
    lines.push(
      line('step', `${safeText(name)}, ${instantText(at)}${isLive ? '' : ' (answers nobody any more)'}`),
    );
  if (start !== undefined)
    lines.push(
      line(
        'start',
        `${start.state}: workflow ${safeText(start.workflowId)}, run ${safeText(start.lastRunId)}`,
      ),
      // The outcome takes it along: then it is said already.
      ...(start.label === undefined || record?.label === start.label
        ? []
        : [line('label', safeText(start.label))]),
    );
  for (const { at, action, who, role, why } of audit)
    lines.push(
      line(
        'by hand',
        `${instantText(at)} ${action} by ${safeText(who)} (${safeText(role)}): ${safeText(why)}`,
      ),
    );
  if (isClearPending) lines.push(line('cache', 'is still to be told of a clear'));
  return lines;
}

function outcomeText(bytes: number, shown: OutcomeShown | undefined): string {
  if (shown === undefined) return `${bytes} bytes, hidden (--reveal)`;
  const { error } = shown;
  // As JavaScript writes them: a text's own escapes reach no terminal.
  return error === undefined
    ? inspect(shown.result, { depth: 10 })
    : safeText(`${error.name}: ${error.message}`);
}
