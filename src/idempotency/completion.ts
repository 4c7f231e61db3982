import { setTimeout as sleep } from 'node:timers/promises';
import { StaleClaimError } from '../claim-errors';
import type { LogEvent } from '../log-events';
import { StoreUnavailableError } from '../store-errors';
import type { CacheFacts, Outcome, Settlement } from '../stores/store';
import type { Call } from './call';
import type { CountPath } from './counters';
import type { Engine } from './engine';
import type { HeldClaim } from './held-claim';
import { reasonOf } from './log-reason';

/** The end of a claim that leaves an outcome. */
export type Completion = Omit<Extract<Settlement, { op: 'complete' | 'fail' }>, 'key' | 'fence' | 'nonce'>;

/** The outcome as it will be kept; without its result when that is too big or can't be encoded. */
export async function completionOf(
  engine: Engine,
  call: Pick<Call, 'keys' | 'type' | 'fingerprints' | 'owner' | 'shared' | 'codec' | 'log'>,
  value: unknown,
  retentionMs: number,
): Promise<Completion> {
  const cache = engine.cacheFacts(call);
  try {
    const encoded = call.codec.encodeResult(value);
    const { payload, context } = encoded instanceof Promise ? await encoded : encoded;
    if (payload.byteLength <= engine.settings.maxResultBytes)
      return new Completed(retentionMs, cache, payload, context);
    call.log('result_too_big', {
      key: call.keys[0],
      resultBytes: payload.byteLength,
      maxResultBytes: engine.settings.maxResultBytes,
    });
  } catch {
    call.log('result_not_encoded', { key: call.keys[0] });
  }
  return new Completed(retentionMs, cache, undefined, undefined);
}

/** A class: see young.ts. */
class Completed {
  readonly op = 'complete';

  constructor(
    readonly retentionMs: number,
    readonly cache: CacheFacts | undefined,
    readonly payload: Uint8Array | undefined,
    readonly context: string | undefined,
  ) {}
}

export async function errorCompletionOf(
  engine: Engine,
  call: Call,
  error: unknown,
  retentionMs: number,
): Promise<Completion> {
  const { payload, context } = await call.codec.encodeError(error);
  return { op: 'fail', payload, context, retentionMs, cache: engine.cacheFacts(call) };
}

/**
 * Records the outcome of a claim. The effect has happened: as long as the claim lives the store is told again; then
 * the caller is answered all the same, and the record stays running: never silence.
 * @returns the outcome, or undefined where the store could not be told.
 * @throws StaleClaimError
 */
export async function complete(
  engine: Engine,
  call: Call,
  held: HeldClaim,
  completion: Completion,
  path: CountPath = pathOf(completion),
): Promise<Outcome | undefined> {
  for (let round = 0; ; round++) {
    try {
      if ((await held.settle(completion)) === 'done') break;
    } catch (error) {
      if (error instanceof StoreUnavailableError && held.alive) {
        await sleep(Math.min(1_000, 50 * 2 ** round));
        continue;
      }
      unrecorded(engine, call, held, error, 'completed_unrecorded');
      return undefined;
    }
    engine.count(call, 'stale');
    const why = 'it was taken over or cleared before its outcome was recorded';
    throw new StaleClaimError(held.row.key, held.row.fence, why);
  }
  engine.count(call, path);
  return outcomeOf(call, held, completion);
}

export function outcomeOf(call: Call, held: HeldClaim, completion: Completion): Outcome {
  return new OwnOutcome(call, held, completion);
}

/** A class: see young.ts. */
class OwnOutcome implements Outcome {
  readonly kind = 'outcome';
  readonly state: Outcome['state'];
  readonly fence: bigint;
  readonly fingerprint: string | undefined;
  readonly payload: Uint8Array | undefined;
  readonly context: string | undefined;
  readonly retentionLeftMs: number;
  readonly execution: string;
  readonly from = 'store';

  constructor(call: Call, held: HeldClaim, { op, payload, context, retentionMs }: Completion) {
    this.state = op === 'complete' ? 'completed' : 'failed';
    this.fence = held.row.fence;
    this.fingerprint = call.fingerprints.all[0];
    this.payload = payload;
    this.context = context;
    this.retentionLeftMs = retentionMs;
    this.execution = call.owner.execution;
  }
}

function pathOf({ op, payload }: Completion): CountPath {
  if (op === 'fail') return 'cached_error';
  return payload === undefined ? 'not_kept' : 'first';
}

/** Never silence: counted and logged. */
export function unrecorded(
  engine: Engine,
  call: Call,
  held: HeldClaim,
  error: unknown,
  event: LogEvent,
): void {
  engine.count(call, 'completed_unrecorded');
  call.log(event, {
    key: held.row.key,
    fence: held.row.fence.toString(),
    reason: reasonOf(error),
  });
}
