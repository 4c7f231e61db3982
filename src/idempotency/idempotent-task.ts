import { idempotent } from './idempotent';
import type { IdempotencyPolicy } from './policy';

/**
 * Base class for a task that is a class of its own, as Celery's tasks may be:
 * `class CloseTicket extends IdempotentTask<[id: number], string> { policy = { key: (id: number) => id }; async run(id) {…} }`,
 * registered as `activities: { closeTicket: new CloseTicket(db).activity() }`.
 */
export abstract class IdempotentTask<Args extends unknown[], Result> {
  /** What "once" means for it. */
  abstract readonly policy: IdempotencyPolicy<Args>;

  /** The body. `currentClaim()` and `step` work inside. */
  abstract run(...args: Args): Promise<Result>;

  /**
   * The protected activity. Its type is the name it is registered under.
   * @throws InvalidOptionError for an unknown or wrong option of the policy.
   */
  activity(): (...args: Args) => Promise<Result> {
    const run = (...args: Args): Promise<Result> => this.run(...args);
    Object.defineProperty(run, 'name', { value: this.constructor.name });
    return idempotent(this.policy, run);
  }
}
