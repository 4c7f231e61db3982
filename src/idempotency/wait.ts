import { OperationRunningError } from '../claim-errors';
import type { Call } from './call';
import type { Flight } from './flights';
import type { WaitingRoom } from './waiting';

/** One call's wait: its place in the room, and how far it has come. */
export class Wait {
  private steps = 0;
  private inRoom = false;

  /** @param refused told when the call is turned away */
  constructor(
    private readonly call: Call,
    private readonly room: WaitingRoom,
    private readonly refused: () => void,
  ) {}

  get waited(): boolean {
    return this.inRoom;
  }

  /**
   * Meets a live claim: waits one step where this call may.
   * @throws OperationRunningError where it may not, or no longer
   */
  async meetLive(leaseRemainingMs: number, step: (n: number) => Promise<void>): Promise<void> {
    const { call } = this;
    const refuse = (retryable: boolean, why: string): never => {
      this.refused();
      throw new OperationRunningError(call.keys[0] as string, leaseRemainingMs, retryable, why);
    };
    if (call.whenRunning === 'fail') refuse(false, 'this call does not wait (whenRunning: fail)');
    if (call.whenRunning === 'retry') refuse(true, 'this call asks again later (whenRunning: retry)');
    if (performance.now() >= call.waitUntilMs) refuse(true, 'waited as long as this call may');
    this.inRoom ||= this.room.enter();
    if (!this.inRoom) refuse(true, 'as many calls of this process wait already as may (maxWaiters)');
    call.onWaitTick?.();
    await step(this.steps++);
  }

  leave(): void {
    if (this.inRoom) this.room.leave();
  }
}

/** Until the flight has landed, the caller is cancelled, or it is time to tell the caller's server it still lives. */
export async function untilLanded(flight: Flight, call: Call): Promise<void> {
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
