import type { OutcomeToRecord, RecordView } from './store';

/** Whether a standing record says what is being recorded: recording twice is then no contradiction. */
export function sameOutcome(standing: RecordView, outcome: OutcomeToRecord): boolean {
  if (standing.state !== 'completed' || standing.fingerprint !== outcome.fingerprint) return false;
  if (standing.payload === undefined || outcome.payload === undefined)
    return standing.payload === outcome.payload;
  return Buffer.compare(standing.payload, outcome.payload) === 0;
}
