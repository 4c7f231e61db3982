import type { Outcome } from '../store';

/**
 * Bytes of a cache entry:
 *   0      version (1)
 *   1      kind: C completed, F failed, T tombstone; lower case c, f when the payload was not kept
 *   2–21   fence, 20 decimal digits, so that Lua compares fences as strings and loses no digit
 *   22     length of fingerprint, u8, then the fingerprint
 *   …      length of context, u16, then the context; length of execution, u16, then the execution
 *   …      payload to the end
 */
const VERSION = 1;

export function fenceDigits(fence: bigint): string {
  return fence.toString().padStart(20, '0');
}

export function encodeOutcome(outcome: Omit<Outcome, 'kind' | 'from' | 'retentionLeftMs'>): Buffer {
  const letter = outcome.state === 'completed' ? 'C' : 'F';
  const fingerprint = Buffer.from(outcome.fingerprint ?? '', 'latin1');
  const context = Buffer.from(outcome.context ?? '', 'utf8');
  const execution = Buffer.from(outcome.execution, 'utf8');
  const payload = outcome.payload ?? Buffer.alloc(0);
  const entry = Buffer.allocUnsafe(
    27 + fingerprint.length + context.length + execution.length + payload.byteLength,
  );
  let at = entry.writeUInt8(VERSION, 0);
  at += entry.write(outcome.payload === undefined ? letter.toLowerCase() : letter, at, 'latin1');
  at += entry.write(fenceDigits(outcome.fence), at, 'latin1');
  at = entry.writeUInt8(fingerprint.length, at);
  at += fingerprint.copy(entry, at);
  at = entry.writeUInt16BE(context.length, at);
  at += context.copy(entry, at);
  at = entry.writeUInt16BE(execution.length, at);
  at += execution.copy(entry, at);
  entry.set(payload, at);
  return entry;
}

export function encodeTombstone(fence: bigint): Buffer {
  return Buffer.from(`${String.fromCharCode(VERSION)}T${fenceDigits(fence)}`, 'latin1');
}

/** The outcome in an entry; undefined for a tombstone, for another version and for bytes that make no sense. */
export function decodeEntry(entry: Buffer): Outcome | undefined {
  if (entry.length < 27 || entry[0] !== VERSION) return undefined;
  const letter = String.fromCharCode(entry[1] ?? 0);
  const state =
    letter === 'C' || letter === 'c' ? 'completed' : letter === 'F' || letter === 'f' ? 'failed' : undefined;
  if (state === undefined) return undefined;
  const fingerprintEnd = 23 + entry.readUInt8(22);
  if (fingerprintEnd + 4 > entry.length) return undefined;
  const contextEnd = fingerprintEnd + 2 + entry.readUInt16BE(fingerprintEnd);
  if (contextEnd + 2 > entry.length) return undefined;
  const executionEnd = contextEnd + 2 + entry.readUInt16BE(contextEnd);
  if (executionEnd > entry.length) return undefined;
  const kept = letter === 'C' || letter === 'F';
  return {
    kind: 'outcome',
    state,
    fence: BigInt(entry.toString('latin1', 2, 22)),
    fingerprint: fingerprintEnd > 23 ? entry.toString('latin1', 23, fingerprintEnd) : undefined,
    context:
      contextEnd > fingerprintEnd + 2 ? entry.toString('utf8', fingerprintEnd + 2, contextEnd) : undefined,
    execution: entry.toString('utf8', contextEnd + 2, executionEnd),
    payload: kept ? entry.subarray(executionEnd) : undefined,
    retentionLeftMs: 0,
    from: 'cache',
  };
}
