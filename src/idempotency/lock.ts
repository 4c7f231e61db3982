import { assembleKey, explicitKeyText } from '../key/key-text';
import { validateScope } from '../key/scope';
import { InvalidKeyError, InvalidOptionError } from '../errors';
import { NOBODY_LISTENS, type Call } from './call';
import type { CurrentClaim } from './claim-context';
import type { OutcomeCodec } from './codec';
import { durationMs, type DurationInput } from './duration';
import type { Engine } from './engine';
import { NOT_COMPARED } from './fingerprints';
import { newOwner } from './owner';
import type { NamedScope } from './policy';

export interface LockOptions {
  /** Circle within which the name is one lock. Default `global`: the namespace. */
  readonly scope?: 'global' | NamedScope;
  /** What to do while somebody else holds it. Default `wait`. */
  readonly whenHeld?: 'wait' | 'fail';
  readonly waitTimeout?: DurationInput;
  /** Hard end: from then on the lock is not renewed. Default: `maxHoldMs` of the service, 5 min. */
  readonly maxHold?: DurationInput;
  readonly signal?: AbortSignal;
}

const KNOWN: ReadonlySet<string> = new Set([
  'scope',
  'whenHeld',
  'waitTimeout',
  'maxHold',
  'signal',
] satisfies (keyof LockOptions)[]);

/** What a service says of all its locks. */
export interface LockDefaults {
  readonly namespace: string;
  readonly maxHoldMs: number;
  readonly waitMs: number;
  readonly codec: OutcomeCodec;
}

/** @throws InvalidKeyError, InvalidOptionError naming the option. */
function checkLock(name: string, options: LockOptions): void {
  if (typeof name !== 'string' || name === '')
    throw new InvalidKeyError('lock', 'the name is empty', 'Name what is locked, e.g. invoice-42');
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionError('options', 'is not an object', "Give { whenHeld: 'fail' }, or {}");
  }
  const unknown = Object.keys(options).find((option) => !KNOWN.has(option));
  if (unknown !== undefined) {
    throw new InvalidOptionError(unknown, 'unknown option', `Known ones: ${[...KNOWN].join(', ')}`);
  }
  const { whenHeld, signal } = options;
  if (whenHeld !== undefined && !['wait', 'fail'].includes(whenHeld)) {
    throw new InvalidOptionError(
      'whenHeld',
      `${JSON.stringify(whenHeld)} is not known`,
      "Use 'wait' or 'fail'",
    );
  }
  if (signal !== undefined && !((signal as unknown) instanceof AbortSignal)) {
    throw new InvalidOptionError('signal', 'is not an AbortSignal', 'Give that of an AbortController');
  }
}

/** Where a lock is kept. @throws InvalidKeyError */
export function lockKey(name: string, scope: LockOptions['scope'] = 'global', namespace: string): string {
  validateScope(scope);
  const key = assembleKey({
    form: 1,
    namespace,
    scope: scope === 'global' ? { kind: 'global' } : { kind: 'named', names: scope },
    type: 'lock',
    keyText: explicitKeyText(name),
  });
  // Set apart from the keys of operations, which begin with the number of their form.
  return `lock:${key}`;
}

/** A lock is a claim that records nothing: released when its body ends, whichever way. */
export function lockCall(name: string, options: LockOptions, defaults: LockDefaults): Call {
  checkLock(name, options);
  const now = performance.now();
  const waitMs =
    options.waitTimeout === undefined ? defaults.waitMs : durationMs(options.waitTimeout, 'waitTimeout');
  const maxHoldMs =
    options.maxHold === undefined ? defaults.maxHoldMs : durationMs(options.maxHold, 'maxHold');
  return {
    type: 'lock',
    door: 'lock',
    keys: [lockKey(name, options.scope, defaults.namespace)],
    fingerprints: NOT_COMPARED,
    owner: newOwner('lock'),
    shared: false,
    whenRunning: options.whenHeld ?? 'wait',
    retentionMs: 1,
    errorRetentionMs: 1,
    cacheErrors: [],
    onUnknownOutcome: 'rerun',
    codec: defaults.codec,
    onStoreUnavailable: 'fail',
    signal: options.signal,
    waitUntilMs: now + waitMs,
    beginUntilMs: Infinity,
    hardEndMs: Infinity,
    maxHoldMs,
    recordsNothing: true,
    waitTickMs: 60_000,
    log: NOBODY_LISTENS,
  };
}

/** Holds the lock while `body` runs, and counts whether it was had. */
export async function holdLock<T>(
  engine: Engine,
  call: Call,
  body: (claim: CurrentClaim) => Promise<T> | T,
): Promise<T> {
  let held = false;
  const askedAtMs = performance.now();
  try {
    return await engine.execute(call, async (claim) => {
      held = true;
      engine.metrics.record('temporal_once_lock_wait', performance.now() - askedAtMs);
      engine.count(call, 'lock_acquired');
      return body(claim);
    });
  } catch (error) {
    if (!held) engine.count(call, 'lock_failed');
    throw error;
  }
}
