import { OperationRunningError, OutcomeExistsError } from '../claim-errors';
import type { Store } from '../stores/store';
import { noteOnSpan } from '../tracing/note';
import type { OutcomeCodec } from './codec';
import type { Resolved } from './resolve';
import { refuseTooBig } from './result-size';
import type { StartRecords } from './start-records';

/** What a span is told of a result that came about elsewhere. */
const RECORDED_AS = { recorded: 'recorded', live: 'running', settled: 'turned_away' } as const;

export interface RecordInto {
  readonly store: Store;
  readonly starts: StartRecords | undefined;
  readonly codec: OutcomeCodec;
  readonly maxResultBytes: number;
}

/**
 * Records a result that came about elsewhere.
 * @throws OperationRunningError under a live claim, OutcomeExistsError where another outcome stands, InvalidOptionError for
 * a result that is too large
 */
export async function recordResult(
  into: RecordInto,
  operation: Pick<Resolved, 'keys' | 'fingerprints' | 'retentionMs'> & { readonly type: string },
  result: unknown,
): Promise<void> {
  const { type, retentionMs } = operation;
  const key = operation.keys[0] as string;
  // Of a started workflow: as its worker would have encoded it, for whoever awaits the run.
  const run = type.startsWith('workflow:') ? await into.starts?.runUnder(key) : undefined;
  const codec = run === undefined ? into.codec : into.codec.at({ type: 'workflow', ...run });
  const { payload, context } = await codec.encodeResult(result);
  refuseTooBig(payload, into.maxResultBytes);
  const fingerprint = operation.fingerprints.all[0];
  const verdict = await into.store.record({ key, type, fingerprint, payload, context, retentionMs });
  noteOnSpan({ door: 'service', keys: [key] }, RECORDED_AS[verdict]);
  if (verdict === 'live')
    throw new OperationRunningError(key, 0, true, 'a result can only be recorded when nobody holds the key');
  if (verdict === 'settled') throw new OutcomeExistsError(key);
}
