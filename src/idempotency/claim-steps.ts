import { setTimeout as sleep } from 'node:timers/promises';
import {
  DuplicateStepError,
  HoldEndedError,
  StaleClaimError,
  StepNotRecordedError,
  TransactionError,
} from '../claim-errors';
import { StoreUnavailableError } from '../store-errors';
import type { ClaimName, RecordedStep, Store } from '../stores/store';
import type { Steps } from './claim-context';
import type { Encoded, OutcomeCodec } from './codec';
import type { HeldClaim } from './held-claim';

/** The names taken in one run: a second step of the same name would get the first one's value after a retry. */
class Names {
  /** Made by the first step: most bodies take none. */
  private taken: Set<string> | undefined;

  take(key: string, name: string): void {
    this.taken ??= new Set();
    if (this.taken.has(name)) throw new DuplicateStepError(key, name);
    this.taken.add(name);
  }

  free(name: string): void {
    this.taken?.delete(name);
  }
}

/** The steps of one run under a held claim: read once, when the first one is asked for. */
export class ClaimSteps implements Steps {
  private readonly names = new Names();
  private readonly codec: OutcomeCodec;
  private reading: Promise<ReadonlyMap<string, RecordedStep>> | undefined;

  constructor(
    private readonly store: Store,
    private readonly held: HeldClaim,
    /** Of the call; a step's value has no declared type. */
    codec: OutcomeCodec,
    private readonly maxBytes: number,
  ) {
    this.codec = codec.withoutType();
  }

  async run<T>(name: string, body: () => Promise<T>): Promise<T> {
    this.names.take(this.held.row.key, name);
    let value: T;
    try {
      const recorded = (await this.recorded()).get(name);
      if (recorded !== undefined)
        return (await this.codec.decodeResult(recorded.payload, recorded.context)) as T;
      this.refuseWhenLost();
      value = await body();
    } catch (error) {
      // Nothing was recorded: the body may try the same step again.
      this.names.free(name);
      throw error;
    }
    await this.record(name, await this.encoded(name, value));
    return value;
  }

  private recorded(): Promise<ReadonlyMap<string, RecordedStep>> {
    this.reading ??= this.read().catch((error: unknown) => {
      this.reading = undefined;
      throw error;
    });
    return this.reading;
  }

  /**
   * In each key form, since a worker that knows only one of them may have recorded some, and another may take
   * over: what one row lacks it is given. A row that has had an outcome rules out what either knew before that.
   */
  private async read(): Promise<ReadonlyMap<string, RecordedStep>> {
    const rows: { readonly claim: ClaimName; readonly steps: readonly RecordedStep[] }[] = [];
    let life = 0n;
    for (const claim of this.held.claims) {
      const answer = await this.store.steps(claim);
      if (answer.kind === 'stale') throw this.stale(claim, 'it was taken over or cleared');
      rows.push({ claim, steps: answer.steps });
      if (answer.life > life) life = answer.life;
    }
    const known = new Map<string, RecordedStep>();
    for (const one of rows.flatMap(({ steps }) => steps)) {
      const other = known.get(one.name);
      if (one.fence > life && (other === undefined || one.fence > other.fence)) known.set(one.name, one);
    }
    for (const { claim, steps } of rows) {
      const there = new Set(steps.map(({ name }) => name));
      for (const { name, payload, context } of known.values()) {
        if (!there.has(name)) await this.store.recordStep({ ...claim, name, payload, context });
      }
    }
    return known;
  }

  /** The effect has happened, so the value is checked before anything is recorded, and what can't be kept is said. */
  private async encoded(name: string, value: unknown): Promise<Encoded> {
    const { key } = this.held.row;
    let encoded: Encoded;
    try {
      encoded = await this.codec.encodeResult(value);
    } catch (error) {
      throw new StepNotRecordedError(key, name, 'not-encodable', 'its value could not be encoded', error);
    }
    const bytes = encoded.payload.byteLength;
    if (bytes <= this.maxBytes) return encoded;
    const why = `its value takes ${bytes} bytes, more than maxResultBytes (${this.maxBytes})`;
    throw new StepNotRecordedError(key, name, 'too-big', why);
  }

  /** Like a completion: told again while the claim lives, since a step that is not recorded will run again. */
  private async record(name: string, { payload, context }: Encoded): Promise<void> {
    for (const claim of this.held.claims) {
      for (let round = 0; ; round++) {
        try {
          const verdict = await this.store.recordStep({ ...claim, name, payload, context });
          if (verdict === 'done') break;
        } catch (error) {
          if (error instanceof StoreUnavailableError && this.held.alive) {
            await sleep(Math.min(1_000, 50 * 2 ** round));
            continue;
          }
          const why = 'the store could not be told while the claim lived';
          throw new StepNotRecordedError(claim.key, name, 'store-unavailable', why, error);
        }
        throw this.stale(
          claim,
          `it was taken over or cleared before step ${name}, which has run, was recorded`,
        );
      }
    }
  }

  /** A claim that is known to be lost begins no further effect. A cancelled one may: its body may have to clean up. */
  private refuseWhenLost(): void {
    const reason: unknown = this.held.aborted ? this.held.signal.reason : undefined;
    if (reason instanceof StaleClaimError || reason instanceof HoldEndedError) throw reason;
  }

  private stale({ key, fence }: ClaimName, why: string): StaleClaimError {
    return new StaleClaimError(key, fence, why);
  }
}

/** Without a claim nothing can be recorded: each step runs, each time. */
export class UnprotectedSteps implements Steps {
  private readonly names = new Names();

  constructor(private readonly key: string) {}

  async run<T>(name: string, body: () => Promise<T>): Promise<T> {
    this.names.take(this.key, name);
    try {
      return await body();
    } catch (error) {
      this.names.free(name);
      throw error;
    }
  }
}

/** A step would outlive the transaction that takes its effect back. */
export const STEPS_IN_TRANSACTION: Steps = {
  run: (name) =>
    Promise.reject(
      new TransactionError(
        `step ${name} was called in a transactional activity: it would stay recorded when the transaction is rolled back`,
        'Call the body without it: what happens in the transaction is recorded by its outcome',
      ),
    ),
};
