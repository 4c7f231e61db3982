import { OutcomeExistsError } from '../claim-errors';
import { outcomeNotKept, type KnownStart, type StartRecords } from '../idempotency/start-records';
import { typeInKey } from '../key/key-text';
import { StoreUnavailableError } from '../store-errors';
import { WorkflowIdMismatchError } from '../start-door-errors';
import { asService } from '../temporal/run-server';
import type { ClientHost } from './client';
import type { Answered, RecordedRun, StartCall } from './start-call';

/** What the record says of a start before the server is asked, and where the server's answer is written. */
export interface StartOnRecord {
  /** The run whose outcome is recorded: it answers, and nothing is started. */
  readonly outcome: RecordedRun | undefined;
  /** The run that is recorded as open. */
  readonly open: RecordedRun | undefined;
  /**
   * Writes down which run answered. What can't be written is told and counted, and the caller gets its run: the next
   * start of the key writes it.
   * @returns the run that stands under the key
   */
  started(answered: Answered): Promise<string>;
}

const UNRECORDED: StartOnRecord = {
  outcome: undefined,
  open: undefined,
  started: ({ runId }) => Promise.resolve(runId),
};

/**
 * Looks the start up. What is open in the record is looked up on the server too, since a server that has forgotten the
 * run would start another one.
 * @throws FingerprintMismatchError; OutcomeNotKeptError for a run whose end nobody knows; OutcomeExistsError for an
 * outcome that was recorded without a run; StoreUnavailableError unless `onStoreUnavailable` is `proceed`
 */
export async function onRecord(host: ClientHost, call: StartCall): Promise<StartOnRecord> {
  let records: StartRecords | undefined;
  let known: KnownStart;
  try {
    records = (await host.service()).starts;
    if (records === undefined) return UNRECORDED;
    known = await records.known(call.resolved.keys);
    // Looked at first: a run that failed answers nobody, whatever it was started with.
    if (known.kind === 'open') {
      const [found, open] = [records, known];
      const what = `look at workflow ${open.run.workflowId}`;
      known = await asService(what, () => found.look(open, host.client()));
    }
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    if (host.onStoreUnavailable === 'fail') {
      host.count(call, 'refused');
      throw error;
    }
    host.unprotected(call, 'goes on with the uniqueness of the server alone', error);
    return UNRECORDED;
  }
  if (known.kind !== 'none') call.compare(known.fingerprint);
  if (known.kind === 'lost') throw outcomeNotKept(known);
  const run = known.kind === 'none' ? undefined : known.run;
  if (known.kind === 'outcome' && run === undefined) throw new OutcomeExistsError(known.key);
  if (run !== undefined && run.workflowId !== call.workflowId) {
    throw new WorkflowIdMismatchError(call.workflowId, run.workflowId, 'that is where its record has it');
  }
  if (known.kind === 'outcome') host.count(call, 'postgres');
  const found =
    known.kind === 'none' || run === undefined
      ? undefined
      : { runId: run.runId, lastRunId: run.lastRunId, fingerprint: known.fingerprint };
  return {
    outcome: known.kind === 'outcome' ? found : undefined,
    open: known.kind === 'open' ? found : undefined,
    started: (answered) => writeDown(host, call, records, answered),
  };
}

async function writeDown(
  host: ClientHost,
  call: StartCall,
  records: StartRecords,
  { runId, fingerprint }: Answered,
): Promise<string> {
  const { key, workflowId, resolved } = call;
  try {
    const start = {
      key,
      namespace: host.namespace,
      workflowId,
      runId,
      type: typeInKey(key),
      fingerprint,
      retentionMs: resolved.retentionMs,
      label: resolved.label,
    };
    return (await records.started(start, host.client())).runId;
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    host.unprotected(call, 'was started and could not be recorded', error);
    return runId;
  }
}
