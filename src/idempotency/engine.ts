import { setMaxListeners } from 'node:events';
import {
  ClosedError,
  FingerprintMismatchError,
  OperationRunningError,
  ReentrantClaimError,
  ResultNotKeptError,
  StaleClaimError,
  StoreUnavailableError,
} from '../errors';
import type { Outcome, Store } from '../stores/store';
import { runBody, runUnprotected } from './body';
import type { Call } from './call';
import { holdsInThisCall, type CurrentClaim } from './claim-context';
import { claimForms } from './claim-forms';
import { Counters, type CountPath } from './counters';
import { Flights, type Flight } from './flights';
import { Renewals } from './renewals';
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
  readonly renewals: Renewals;
  private readonly flights = new Flights();
  private readonly room: WaitingRoom;
  private closed = false;
  private readonly closing = new AbortController();
  private underWay = 0;
  private idle: (() => void) | undefined;

  constructor(
    readonly store: Store,
    readonly settings: EngineSettings,
  ) {
    this.counters = new Counters(store);
    this.renewals = new Renewals(settings.leaseMs);
    // Every waiting call listens, as many as there may be.
    setMaxListeners(0, this.closing.signal);
    this.room = new WaitingRoom(settings.maxWaiters);
  }

  /**
   * Runs the body at most once at a time and answers duplicates with the recorded outcome.
   * @throws whatever the body threw, or the recorded failure; FingerprintMismatchError, OperationRunningError,
   * StaleClaimError, ResultNotKeptError, ReentrantClaimError, StoreUnavailableError.
   */
  async execute<T>(call: Call, body: Body<T>): Promise<T> {
    if (this.closed) throw new ClosedError();
    const reentrant = call.keys.find(holdsInThisCall);
    if (reentrant !== undefined) throw new ReentrantClaimError(reentrant);
    const wait = new Wait(this.room);
    this.underWay++;
    try {
      if (call.shared && this.store.peek !== undefined) {
        const known = await this.peek(call.keys);
        if (known !== undefined) return (await this.replay(call, known)) as T;
      }
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

  count(call: Pick<Call, 'type' | 'door'>, path: CountPath): void {
    this.counters.add(call.type, call.door, path);
  }

  /** Takes no new calls and ends those that wait, lets running bodies finish, then lets the store go. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.closing.abort(new ClosedError());
    if (this.underWay > 0) await new Promise<void>((resolve) => (this.idle = resolve));
    await this.counters.close();
    await this.store.close();
  }

  /** The fast path: what a cache in front knows of a recorded outcome. */
  private async peek(keys: readonly string[]): Promise<Outcome | undefined> {
    for (const key of keys) {
      const known = await this.store.peek?.(key);
      if (known !== undefined) return known;
    }
    return undefined;
  }

  private async claimAndRun<T>(call: Call, body: Body<T>, wait: Wait): Promise<Turn<T>> {
    if (wait.waited && performance.now() > call.beginUntilMs) await this.refuseLateStart(call);
    const flight = this.flights.begin(call.keys[0] as string, call.owner.execution, call.fingerprints[0]);
    let live: { readonly leaseRemainingMs: number } | undefined;
    try {
      const answer = await this.claim(call);
      switch (answer.kind) {
        case 'unavailable':
          return { value: await runUnprotected(this, call, body, answer.error) };
        case 'outcome':
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

  private async replay(
    call: Call,
    outcome: Outcome,
    path: CountPath = outcome.from === 'cache' ? 'redis' : 'postgres',
  ): Promise<unknown> {
    this.checkFingerprint(call, outcome);
    this.count(call, path);
    if (outcome.payload === undefined) throw new ResultNotKeptError(call.keys[0] as string);
    if (outcome.state === 'completed') return call.codec.decodeResult(outcome.payload, outcome.context);
    throw await call.codec.decodeError(outcome.payload, outcome.context);
  }

  /** An execution's own retry is exempt: its arguments are the same by construction. */
  private checkFingerprint(call: Call, record: { fingerprint: string | undefined; execution: string }): void {
    if (record.fingerprint === undefined || call.fingerprints.length === 0) return;
    if (call.fingerprints.includes(record.fingerprint) || record.execution === call.owner.execution) return;
    this.count(call, 'mismatch');
    throw new FingerprintMismatchError(
      call.keys[0] as string,
      record.fingerprint,
      call.fingerprints[0] as string,
    );
  }
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
