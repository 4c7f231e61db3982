import { setMaxListeners } from 'node:events';
import {
  FingerprintMismatchError,
  OperationRunningError,
  ReentrantClaimError,
  ResultNotKeptError,
  StaleClaimError,
} from '../claim-errors';
import { ClosedError } from '../errors';
import { StoreUnavailableError } from '../store-errors';
import { measuredUpkeep } from '../metrics/measured-upkeep';
import { Metrics } from '../metrics/metrics';
import type { CacheFacts, Outcome, Store } from '../stores/store';
import type { StoreUpkeep } from '../stores/upkeep';
import { noteOnSpan } from '../tracing/note';
import { runBody, runUnprotected } from './body';
import { CacheHabit } from './cache-habit';
import type { Call } from './call';
import { holdsInThisCall, type CurrentClaim } from './claim-context';
import { claimForms } from './claim-forms';
import { Counters, type CountPath } from './counters';
import { Flights, type Flight } from './flights';
import { Renewals } from './renewals';
import { replayedError } from './replayed-error';
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
    const asks = call.shared && !this.closed && this.habit.asks(call.type);
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
    const wait = new Wait(this.room);
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
        if (turn !== AGAIN) return turn.value as T;
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
    return { fingerprint: call.fingerprints.all[0], execution: call.owner.execution, keep };
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
          return { value: await runUnprotected(this, call, body, answer.error) };
        case 'outcome':
          this.habit.learn(call.type, true);
          flight.outcome = answer;
          return { value: (await this.replay(call, answer, wait.waited ? 'waited' : undefined)) as T };
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
          return { value: await runBody(this, call, answer, body, flight) };
        case 'live':
          this.checkFingerprint(call, answer);
          live = answer;
      }
    } finally {
      flight.land();
    }
    await this.meetLive(call, live.leaseRemainingMs, wait, (step) =>
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

  private async claim(call: Call) {
    try {
      return await claimForms(this.store, call, this.settings.leaseMs);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      if (call.onStoreUnavailable === 'proceed' && call.transactional === undefined)
        return { kind: 'unavailable' as const, error };
      this.count(call, 'refused');
      throw error;
    }
  }

  /** Waits for a call of the same key in this process and shares what it finds. */
  private async follow<T>(call: Call, flight: Flight, wait: Wait): Promise<Turn<T>> {
    await flight.known;
    if (flight.running) {
      this.checkFingerprint(call, flight);
      await this.meetLive(call, this.settings.leaseMs, wait, () => untilLanded(flight, call));
    }
    if (flight.outcome === undefined) return AGAIN;
    return { value: (await this.replay(call, flight.outcome, flight.running ? 'waited' : undefined)) as T };
  }

  private async meetLive(
    call: Call,
    leaseRemainingMs: number,
    wait: Wait,
    step: (n: number) => Promise<void>,
  ): Promise<void> {
    const key = call.keys[0] as string;
    const refuse = (retryable: boolean, why: string): never => {
      this.count(call, 'running');
      throw new OperationRunningError(key, leaseRemainingMs, retryable, why);
    };
    if (call.whenRunning === 'fail') refuse(false, 'this call does not wait (whenRunning: fail)');
    if (call.whenRunning === 'retry') refuse(true, 'this call asks again later (whenRunning: retry)');
    if (performance.now() >= call.waitUntilMs) refuse(true, 'waited as long as this call may');
    if (!wait.enter()) refuse(true, 'as many calls of this process wait already as may (maxWaiters)');
    call.onWaitTick?.();
    await step(wait.steps++);
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

  /** An execution's own retry is exempt: its arguments are the same by construction. */
  checkFingerprint(
    call: Pick<Call, 'type' | 'door' | 'keys' | 'fingerprints'> & { owner: Pick<Call['owner'], 'execution'> },
    record: { fingerprint: string | undefined; execution: string },
  ): void {
    const { fingerprints } = call;
    if (fingerprints.impliedByKey || record.fingerprint === undefined || fingerprints.all.length === 0)
      return;
    if (fingerprints.all.includes(record.fingerprint) || record.execution === call.owner.execution) return;
    this.count(call, 'mismatch');
    throw new FingerprintMismatchError(
      call.keys[0] as string,
      record.fingerprint,
      fingerprints.all[0] as string,
    );
  }
}

function answerOf(call: Call, { state, payload, context, fence }: Outcome): unknown {
  const key = call.keys[0] as string;
  if (payload === undefined) throw new ResultNotKeptError(key);
  if (state === 'completed') return call.codec.decodeResult(payload, context);
  return call.codec
    .decodeError(payload, context)
    .then((error) => Promise.reject(replayedError(key, fence, error)));
}

type Turn<T> = { readonly value: T } | typeof AGAIN;
const AGAIN = Symbol('again');

/** One call's wait: its place in the room, and how far it has come. */
class Wait {
  steps = 0;
  private inRoom = false;

  constructor(private readonly room: WaitingRoom) {}

  get waited(): boolean {
    return this.inRoom;
  }

  enter(): boolean {
    this.inRoom ||= this.room.enter();
    return this.inRoom;
  }

  leave(): void {
    if (this.inRoom) this.room.leave();
  }
}

/** Until the flight has landed, the caller is cancelled, or it is time to tell the caller's server it still lives. */
async function untilLanded(flight: Flight, call: Call): Promise<void> {
  const { signal } = call;
  const waitMs = Math.max(1, Math.min(call.waitTickMs, call.waitUntilMs - performance.now(), 2 ** 31 - 1));
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, waitMs);
    signal?.addEventListener('abort', done, { once: true });
    void flight.landed.then(done);
  });
}
