import { setMaxListeners } from 'node:events';
import { OperationRunningError, ReentrantClaimError, StaleClaimError } from '../claim-errors';
import { ClosedError } from '../errors';
import { StoreUnavailableError } from '../store-errors';
import { measuredUpkeep } from '../metrics/measured-upkeep';
import { Metrics } from '../metrics/metrics';
import type { CacheFacts, Outcome, Store } from '../stores/store';
import type { StoreUpkeep } from '../stores/upkeep';
import { noteOnSpan } from '../tracing/note';
import { answerOf, mismatchOf, type Compared } from './answer';
import { runBody, runUnprotected } from './body';
import { CacheHabit } from './cache-habit';
import type { Call } from './call';
import { holdsInThisCall, type CurrentClaim } from './claim-context';
import { claimForms } from './claim-forms';
import { Counters, type CountPath } from './counters';
import { Flights, type Flight } from './flights';
import { Renewals } from './renewals';
import { untilLanded, Wait } from './wait';
import { WaitingRoom, waitStep } from './waiting';

export interface EngineSettings {
  readonly leaseMs: number;
  readonly maxResultBytes: number;
  readonly maxWaiters: number;
}

export type Body<T> = (claim: CurrentClaim, tx?: unknown) => Promise<T>;

/** The only decision-maker: claim, then run, then complete, fail or release; or answer with what is recorded. */
export class Engine {
  readonly counters: Counters;
  readonly metrics = new Metrics();
  /** What keeps the store in order, measured; undefined where there is nothing to keep. */
  readonly upkeep: StoreUpkeep | undefined;
  readonly renewals: Renewals;
  private readonly flights = new Flights();
  private readonly habit = new CacheHabit();
  private readonly room: WaitingRoom;
  private closed = false;
  private readonly closing = new AbortController();
  private underWay = 0;
  private idle: (() => void) | undefined;

  constructor(
    readonly store: Store,
    readonly settings: EngineSettings,
  ) {
    const { metrics } = this;
    this.counters = new Counters(store, (...counted) => metrics.counted(...counted));
    this.renewals = new Renewals(settings.leaseMs);
    store.observe?.(metrics);
    this.upkeep = store.upkeep && measuredUpkeep(store.upkeep, metrics);
    // Every waiting call listens, as many as there may be.
    setMaxListeners(0, this.closing.signal);
    this.room = new WaitingRoom(settings.maxWaiters);
    metrics.eachTelling(() => {
      this.counters.tell();
      metrics.set('temporal_once_live_claims', this.renewals.size);
      metrics.set('temporal_once_waiting_calls', this.room.size);
    });
  }

  /**
   * Runs the body at most once at a time and answers duplicates with the recorded outcome.
   * @throws whatever the body threw, or the recorded failure; FingerprintMismatchError, OperationRunningError,
   * StaleClaimError, ResultNotKeptError, ReentrantClaimError, StoreUnavailableError.
   */
  execute<T>(call: Call, body: Body<T>): Promise<T> {
    const asks = call.shared && !this.closed && this.habit.isWorth(call.type);
    const known = asks ? this.peek(call.keys) : undefined;
    if (known === undefined) return this.decide(call, body);
    // One promise more or less shows in the rate of duplicates: this is their whole way.
    return known.then((outcome) => {
      if (outcome === undefined) return this.decide(call, body);
      this.habit.learn(call.type, true);
      return this.replay(call, outcome) as T | Promise<T>;
    });
  }

  /** Asks the store, and the other calls of this process, until there is an answer. */
  private async decide<T>(call: Call, body: Body<T>): Promise<T> {
    if (this.closed) throw new ClosedError();
    const reentrant = call.keys.find(holdsInThisCall);
    if (reentrant !== undefined) throw new ReentrantClaimError(reentrant);
    const wait = new Wait(call, this.room, () => this.count(call, 'running'));
    this.underWay++;
    try {
      for (;;) {
        call.signal?.throwIfAborted();
        if (this.closed) throw new ClosedError();
        const others = this.flights.ofOthers(call.keys[0] as string, call.owner.execution);
        const turn =
          others === undefined
            ? await this.claimAndRun(call, body, wait)
            : await this.follow(call, others, wait);
        if (turn !== AGAIN) return turn as T;
      }
    } finally {
      wait.leave();
      if (--this.underWay === 0) this.idle?.();
    }
  }

  /** What a cache needs to know beside an outcome; undefined where nobody else can ask. */
  cacheFacts(call: Pick<Call, 'type' | 'fingerprints' | 'owner' | 'shared'>): CacheFacts | undefined {
    if (!call.shared) return undefined;
    const keep = this.habit.isWorth(call.type);
    return new Facts(call.fingerprints.all[0], call.owner.execution, keep);
  }

  count(call: Pick<Call, 'type' | 'door'> & Partial<Pick<Call, 'keys'>>, path: CountPath): void {
    this.counters.add(call.type, call.door, path);
    noteOnSpan(call, path);
  }

  /**
   * Takes no new calls and ends those that wait, lets running bodies finish, then lets the store go.
   * @param others what else has to end before that
   */
  async close(others: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.closing.abort(new ClosedError());
    if (this.underWay > 0) await new Promise<void>((resolve) => (this.idle = resolve));
    await others();
    await this.counters.close();
    this.metrics.close();
    await this.store.close();
  }

  /** The fast path: what a cache in front knows of a recorded outcome; undefined without a cache. Never rejects. */
  private peek(keys: readonly string[]): Promise<Outcome | undefined> | undefined {
    const [first, second] = keys as [string, string?];
    const known = this.store.peek?.(first);
    return second === undefined ? known : known?.then((outcome) => outcome ?? this.store.peek?.(second));
  }

  private async claimAndRun<T>(call: Call, body: Body<T>, wait: Wait): Promise<Turn<T>> {
    if (wait.waited && performance.now() > call.beginUntilMs) await this.refuseLateStart(call);
    const flight = this.flights.begin(call.keys[0] as string, call.owner.execution, call.fingerprints.all[0]);
    let live: { readonly leaseRemainingMs: number } | undefined;
    try {
      const answer = await this.claim(call);
      switch (answer.kind) {
        case 'unavailable':
          return await runUnprotected(this, call, body, answer.error);
        case 'outcome':
          this.habit.learn(call.type, true);
          flight.outcome = answer;
          return (await this.replay(call, answer, wait.waited ? 'waited' : undefined)) as T;
        case 'stale-start':
          this.count(call, 'stale');
          throw new StaleClaimError(
            call.keys[0] as string,
            answer.fence,
            'a newer start of this execution has begun',
          );
        case 'won':
          this.habit.learn(call.type, false);
          this.metrics.claimed(call, answer.unknownOutcome?.reason);
          flight.runs();
          return await runBody(this, call, answer, body, flight);
        case 'live':
          this.checkFingerprint(call, answer);
          live = answer;
      }
    } finally {
      flight.land();
    }
    await wait.meetLive(live.leaseRemainingMs, (step) =>
      waitStep(this.store, call.keys[0] as string, step, {
        leaseRemainingMs: live.leaseRemainingMs,
        untilMs: call.waitUntilMs,
        tickMs: call.waitTickMs,
        signal:
          call.signal === undefined
            ? this.closing.signal
            : AbortSignal.any([call.signal, this.closing.signal]),
      }),
    );
    return AGAIN;
  }

  /**
   * Too little of this attempt is left to begin the body: unless there is an outcome to give or a live claim to
   * wait for, it ends here – before claiming, so that a vanished holder is still met by whoever does begin.
   */
  private async refuseLateStart(call: Call): Promise<void> {
    for (const key of call.keys) {
      const view = await this.store.lookup(key);
      if (view !== undefined && (view.state !== 'running' || view.remainingMs > 0)) return;
    }
    this.count(call, 'running');
    const why = 'it became free too late for this attempt to begin it';
    throw new OperationRunningError(call.keys[0] as string, 0, true, why);
  }

  private claim(call: Call) {
    return claimForms(this.store, call, this.settings.leaseMs).catch((error: unknown) => {
      if (!(error instanceof StoreUnavailableError)) throw error;
      if (call.onStoreUnavailable === 'proceed' && call.transactional === undefined)
        return { kind: 'unavailable' as const, error };
      this.count(call, 'refused');
      throw error;
    });
  }

  /** Waits for a call of the same key in this process and shares what it finds. */
  private async follow<T>(call: Call, flight: Flight, wait: Wait): Promise<Turn<T>> {
    await flight.known;
    if (flight.running) {
      this.checkFingerprint(call, flight);
      await wait.meetLive(this.settings.leaseMs, () => untilLanded(flight, call));
    }
    if (flight.outcome === undefined) return AGAIN;
    return (await this.replay(call, flight.outcome, flight.running ? 'waited' : undefined)) as T;
  }

  /** The recorded result, perhaps in a promise. @throws the recorded error, as its callers get it, by that promise */
  private replay(
    call: Call,
    outcome: Outcome,
    path: CountPath = outcome.from === 'cache' ? 'redis' : 'postgres',
  ): unknown {
    this.checkFingerprint(call, outcome);
    this.count(call, path);
    return answerOf(call, outcome);
  }

  /** @throws FingerprintMismatchError, counted, where the record was made with other arguments */
  checkFingerprint(
    call: Compared & Pick<Call, 'type' | 'door'>,
    record: { fingerprint: string | undefined; execution: string },
  ): void {
    const mismatch = mismatchOf(call, record);
    if (mismatch === undefined) return;
    this.count(call, 'mismatch');
    throw mismatch;
  }
}

/** A class: see young.ts. */
class Facts implements CacheFacts {
  constructor(
    readonly fingerprint: string | undefined,
    readonly execution: string,
    readonly keep: boolean,
  ) {}
}

type Turn<T> = T | typeof AGAIN;
const AGAIN = Symbol('again');
