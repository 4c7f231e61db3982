import type { AuditEntry, ListedRecord, ListedStart, LivedStart, LivedStep } from '../records-view';
import { recordView, stateOf } from './rows';

type Row = Record<string, unknown>;

/** A row of `recordColumns`. */
export function listedRecord(row: Row): ListedRecord {
  const { payload: _payload, context: _context, state, ...view } = recordView(row);
  const isVanished = row['is_vanished'] === true;
  return {
    ...view,
    state: isVanished ? 'vanished' : state === 'absent' ? 'free' : state,
    isUnknown: isVanished || row['is_failed_unknown'] === true,
    label: (row['label'] as string | null) ?? undefined,
    ageMs: row['age_ms'] as number,
    payloadBytes: (row['payload_bytes'] as number | null) ?? undefined,
  };
}

export function livedStep(row: Row): LivedStep {
  return {
    name: row['name'] as string,
    fence: BigInt(row['fence'] as string),
    at: row['at'] as Date,
    isLive: row['is_live'] === true,
  };
}

const START_STATES = ['cleared', 'open', 'completed', 'ended', 'lost'] as const;

export function livedStart(row: Row): LivedStart {
  return {
    state: START_STATES[row['state'] as number] ?? 'lost',
    namespace: row['namespace'] as string,
    workflowId: row['workflow_id'] as string,
    runId: row['run_id'] as string,
    lastRunId: row['last_run_id'] as string,
    startedAt: row['started_at'] as Date,
    endsAt: (row['ends_at'] as Date | null) ?? undefined,
    label: (row['label'] as string | null) ?? undefined,
  };
}

export function listedStart(row: Row): ListedStart {
  return {
    ...livedStart(row),
    key: row['key'] as string,
    type: row['type'] as string,
    ageMs: row['age_ms'] as number,
  };
}

export function auditEntry(row: Row): AuditEntry {
  return {
    id: String(row['id']),
    at: row['at'] as Date,
    who: row['who'] as string,
    role: row['role'] as string,
    why: row['why'] as string,
    action: row['action'] as AuditEntry['action'],
    key: row['key'] as string,
    type: (row['type'] as string | null) ?? undefined,
    fence: row['fence'] === null ? undefined : BigInt(row['fence'] as string),
    previous: stateOf(row['previous']),
  };
}
