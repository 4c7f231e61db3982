import type { RecordView } from '../stores/store';
import type { OutcomeCodec } from './codec';
import { recordedError } from './replayed-error';
import type { Lookup } from './service-options';

/** A record as a person or a program looks at it: its outcome decoded. */
export async function recordedView(view: RecordView, codec: OutcomeCodec): Promise<Lookup> {
  const { key, state, fence, runs, fingerprint, claimedAt, settledAt, remainingMs, payload, context } = view;
  const common = {
    key,
    fence,
    attempt: runs,
    fingerprint,
    claimedAt,
    settledAt,
    remainingMs,
    kept: payload !== undefined,
  };
  if (state === 'completed' && payload !== undefined) {
    return { ...common, state, result: await codec.decodeResult(payload, context) };
  }
  if (state === 'failed' && payload !== undefined) {
    const error = await codec.decodeError(payload, context);
    return { ...common, state, error: recordedError(key, fence, error) };
  }
  return { ...common, state: state === 'absent' ? 'running' : state };
}
