import type { Protection, TypeRow, TypeSighting } from '../stores/activity-types';
import { attemptOptions, isSameAttempt, type AttemptFacts, type AttemptOptions } from './attempt-options';
import { Distinct } from './distinct';
import type { EvaluatedPolicy } from './policy';
import { hasKey, scopeInWords, type CallPolicy, type DeclaredPolicy } from './policy-summary';

/** A worker whose activity takes any type's name could meet any number of them. */
const MAX_TYPES = 1_000;

/** What this process knows and sees of the activity types of one task queue. */
export class WorkerTypes {
  /** Workers of this queue that run now. */
  running = 0;
  private readonly types = new Map<string, SeenType>();
  private declare: (type: string) => DeclaredPolicy = () => {
    throw new Error('nothing was declared');
  };

  constructor(
    readonly namespace: string,
    readonly taskQueue: string,
  ) {}

  /** What is said of these types; of one that two workers of the queue have, the last is right. */
  declares(types: Iterable<string>, declare: (type: string) => DeclaredPolicy): void {
    this.declare = declare;
    for (const type of types) {
      const known = this.types.get(type);
      if (known === undefined) this.meet(type);
      else known.policy = declare(type);
    }
  }

  /**
   * One attempt that is about to run. On the way of every activity: a look-up, a count and comparisons.
   * @param call what the workflow's call said, if it said anything.
   */
  saw(attempt: AttemptFacts, protection: Protection, call: EvaluatedPolicy | undefined): void {
    const seen = this.types.get(attempt.activityType) ?? this.meet(attempt.activityType);
    if (seen === undefined) return;
    seen[protection]++;
    seen.retries.saw(attempt);
    if (call !== undefined) seen.calls.saw(call);
  }

  /** Everything since this process began. */
  rows(): TypeRow[] {
    return [...this.types].map(([type, seen]) => ({
      ...this.named(type, seen),
      runs: { unprotected: seen.unprotected, attempts: seen.attempts, once: seen.once },
      recent: { unprotected: seen.unprotected > 0, attempts: seen.attempts > 0, once: seen.once > 0 },
      calls: seen.calls.seen,
      retries: seen.retries.seen,
    }));
  }

  /** What the store has not been told of, `all` types or those that ran. */
  untold(all: boolean): { readonly sighting: TypeSighting; readonly told: () => void }[] {
    const changed = [...this.types].filter(([, seen]) => all || seen.hasUntold);
    return changed.map(([type, seen]) => {
      const { runs, toldRuns } = seen.untoldRuns();
      const calls = seen.calls.untold();
      const retries = seen.retries.untold();
      return {
        sighting: { ...this.named(type, seen), runs, calls: calls.seen, retries: retries.seen },
        told: () => {
          toldRuns();
          calls.told();
          retries.told();
        },
      };
    });
  }

  private named(type: string, { policy }: SeenType) {
    return { namespace: this.namespace, taskQueue: this.taskQueue, type, policy };
  }

  /** A type that is not known yet; undefined where there are too many. */
  private meet(type: string): SeenType | undefined {
    if (this.types.size >= MAX_TYPES) return undefined;
    const seen = new SeenType(this.declare(type));
    this.types.set(type, seen);
    return seen;
  }
}

/** Counters by name: the way of every activity makes no object. */
class SeenType implements Record<Protection, number> {
  unprotected = 0;
  attempts = 0;
  once = 0;
  readonly retries = new Distinct<AttemptFacts, AttemptOptions>(isSameAttempt, attemptOptions);
  readonly calls = new Distinct<EvaluatedPolicy, CallPolicy>(isSameCall, callPolicy);
  private told = { unprotected: 0, attempts: 0, once: 0 };

  constructor(public policy: DeclaredPolicy) {}

  get hasUntold(): boolean {
    const { unprotected, attempts, once } = this.told;
    return this.unprotected + this.attempts + this.once > unprotected + attempts + once;
  }

  untoldRuns(): { readonly runs: Record<Protection, number>; readonly toldRuns: () => void } {
    const now = { unprotected: this.unprotected, attempts: this.attempts, once: this.once };
    const { told } = this;
    return {
      runs: {
        unprotected: now.unprotected - told.unprotected,
        attempts: now.attempts - told.attempts,
        once: now.once - told.once,
      },
      toldRuns: () => (this.told = now),
    };
  }
}

function callPolicy(call: EvaluatedPolicy): CallPolicy {
  const scope = scopeInWords(call);
  return {
    ...(scope === undefined ? {} : { scope }),
    ...(hasKey(call) ? { key: 'given' as const } : {}),
    ...(call.category === undefined ? {} : { category: call.category }),
    ...(call.ttl === undefined ? {} : { ttl: call.ttl }),
  };
}

/** A named scope is like another here: its names would have to be cut out of its text first. */
function isSameCall(kept: CallPolicy, call: EvaluatedPolicy): boolean {
  const { scope } = kept;
  const isSameScope =
    call.namedScope === undefined
      ? scope === call.scope
      : scope !== undefined && scope !== 'execution' && scope !== 'workflow' && scope !== 'global';
  return (
    isSameScope &&
    kept.category === call.category &&
    kept.ttl === call.ttl &&
    (kept.key !== undefined) === hasKey(call)
  );
}
