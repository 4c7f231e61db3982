import { writeAsyncToken } from './async-token';
import type { Call } from './call';
import type { CurrentClaim } from './claim-context';
import type { WonClaim } from './claim-forms';
import { durationMs } from './duration';
import type { Engine } from './engine';
import type { HeldClaim } from './held-claim';

/** How long the outcome will answer duplicates, as the body may still change it. */
interface Retention {
  ms: number;
}

/**
 * What a body gets of its claim. A class, since an object written out with a getter has a shape of its own each time it is
 * made: that costs more than all else of it.
 */
export class BodyClaim implements CurrentClaim {
  readonly key: string;
  readonly fence: bigint;
  readonly attempt: number;
  /** Functions by themselves, which work taken out of the claim too. */
  readonly setRetention: CurrentClaim['setRetention'];
  readonly asyncToken: CurrentClaim['asyncToken'];
  /** Nothing of it is shown to whoever prints the claim: arguments are reached by it. */
  readonly #held: HeldClaim;

  constructor(
    engine: Engine,
    call: Call,
    held: HeldClaim,
    { bodyKey, runs }: WonClaim,
    retention: Retention,
  ) {
    this.key = bodyKey;
    this.fence = held.row.fence;
    this.attempt = runs;
    this.#held = held;
    this.setRetention = (value) => {
      retention.ms = durationMs(value, 'retention');
    };
    this.asyncToken = () => writeAsyncToken(engine, call, held, retention.ms);
  }

  get signal(): AbortSignal {
    return this.#held.signal;
  }
}
