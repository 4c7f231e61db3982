import {
  ActivityExecutionAlreadyStartedError,
  ActivityNotFoundError,
  type ActivityClientInterceptor,
  type ActivityHandle,
  type ActivityOptions,
  type ActivityStartInput,
  type Next,
} from '@temporalio/client';
import { FingerprintMismatchError } from '../claim-errors';
import { InvalidKeyError, InvalidOptionError } from '../errors';
import type { StandalonePolicy } from '../idempotency/standalone-policy';
import type { Resolved } from '../idempotency/resolve';
import { serverIdOf } from '../key/server-id';
import { noteOnSpan } from '../tracing/note';
import type { ClientHost } from './client';
import { policyOf, writeHeader, type PolicyHeader } from './header';
import { evaluatePolicy } from './policy-header';
import { fingerprintsOf } from './recorded-start';

/** How often a run that the server named and then did not know any more is answered with a new start. */
const MAX_STARTS = 3;

/**
 * Starts of standalone activities. The server's ids settle who starts, the worker's record settles who runs: the policy
 * travels along, so that calls from workflows share the record.
 */
export function activityStarts(host: ClientHost): ActivityClientInterceptor {
  return { start: (input, next) => start(host, input, next) };
}

async function start(
  host: ClientHost,
  input: ActivityStartInput,
  next: Next<ActivityClientInterceptor, 'start'>,
): Promise<ActivityHandle> {
  const { idempotency, ...given } = input.options;
  if (idempotency === undefined) return next(input);
  const once = startOf(host, input.activityType, given, idempotency);
  const options = onceOptions(given, once.id);
  const headers = writeHeader(input.headers, once.header);
  for (let starts = 1; ; starts++) {
    try {
      const handle = await next({ ...input, options, headers });
      note(once, 'first');
      return handle;
    } catch (error) {
      if (!(error instanceof ActivityExecutionAlreadyStartedError) || error.runId === undefined) throw error;
      const first = await firstRun(host, once, error.runId, options.typeInfo);
      if (first !== undefined) {
        note(once, 'server');
        return first;
      }
      if (starts === MAX_STARTS) throw error;
    }
  }
}

/** Not counted here: whoever runs it does that. */
function note({ resolved }: OnceStart, path: 'first' | 'server' | 'mismatch'): void {
  noteOnSpan({ door: 'standalone-start', keys: resolved.keys }, path);
}

function refused(once: OnceStart, recorded: string, given: string): FingerprintMismatchError {
  note(once, 'mismatch');
  return new FingerprintMismatchError(once.resolved.keys[0] as string, recorded, given);
}

interface OnceStart {
  readonly type: string;
  readonly id: string;
  readonly header: Omit<PolicyHeader, 'v'>;
  readonly policy: StandalonePolicy;
  readonly resolved: Resolved;
}

/** @throws InvalidOptionError, InvalidKeyError, NotRepresentableError, TooDeepError – before the server is asked. */
function startOf(
  host: ClientHost,
  type: string,
  options: ActivityOptions,
  policy: StandalonePolicy,
): OnceStart {
  const args: readonly unknown[] = options.args ?? [];
  const evaluated = evaluatePolicy(policy, args, host.hashKeys);
  if (evaluated.scope === 'workflow' || evaluated.scope === 'execution') {
    throw new InvalidKeyError(
      'scope',
      `'${evaluated.scope}' has no meaning outside a workflow`,
      "Use 'global' or a name such as { tenant: 'acme' }",
    );
  }
  const scoped =
    evaluated.scope === undefined && evaluated.namedScope === undefined ? { scope: 'global' as const } : {};
  const resolved = host.resolver().resolve(type, args, policyOf({ v: 1, ...evaluated, ...scoped }), {
    namespace: host.namespace,
    execution: [],
  });
  // Said of a call that gives neither key nor scope, and less than what the activity's own declaration says.
  const header =
    'key' in policy || policy.scope !== undefined
      ? evaluated
      : { ...evaluated, defaultScope: 'global' as const };
  return { type, id: serverIdOf(resolved.keys[0] as string), header, policy, resolved };
}

/** @throws InvalidOptionError for what contradicts that it happens once. */
function onceOptions(given: ActivityOptions, id: string): ActivityOptions {
  const { idReusePolicy = 'ALLOW_DUPLICATE_FAILED_ONLY', idConflictPolicy } = given;
  if (given.id !== '' && given.id !== id) {
    throw new InvalidOptionError(
      'id',
      'is not the id of this operation',
      `Leave it to \`idempotency\` with an empty text, or give what \`once.activityId\` says: ${id}`,
    );
  }
  if (idReusePolicy === 'ALLOW_DUPLICATE') {
    throw new InvalidOptionError(
      'idReusePolicy',
      'ALLOW_DUPLICATE starts a completed activity again',
      'Leave it out beside `idempotency`, or use ALLOW_DUPLICATE_FAILED_ONLY or REJECT_DUPLICATE',
    );
  }
  if (idConflictPolicy === 'FAIL') {
    throw new InvalidOptionError(
      'idConflictPolicy',
      'FAIL refuses the duplicates that `idempotency` answers',
      'Leave it out beside `idempotency`, or use USE_EXISTING',
    );
  }
  if (given.typeInfo?.inputTypes !== undefined) {
    throw new InvalidOptionError(
      'typeInfo.inputTypes',
      'arguments with types of their own can not be compared here',
      'Leave it out beside `idempotency`, or give plain data',
    );
  }
  // USE_EXISTING would not say whether the run it gives is another's: the server is asked to refuse and to name it.
  return { ...given, id, idReusePolicy, idConflictPolicy: 'FAIL' };
}

/**
 * A handle to the run that was first; undefined when the server does not know it any more.
 * @throws FingerprintMismatchError when that run was started with other arguments
 */
async function firstRun(
  host: ClientHost,
  once: OnceStart,
  runId: string,
  typeInfo: ActivityOptions['typeInfo'],
): Promise<ActivityHandle | undefined> {
  const handle = host
    .activities()
    .getHandleWithOptions(once.id, { runId, ...(typeInfo === undefined ? {} : { typeInfo }) });
  const { fingerprints } = once.resolved;
  // Whoever has an id made of arguments has the same arguments.
  if (fingerprints.impliedByKey || fingerprints.all.length === 0) return handle;
  const recorded = await recordedFingerprint(host, once, handle);
  if (recorded === undefined) return undefined;
  const [given] = fingerprints.all as [string];
  if (recorded !== given) throw refused(once, recorded, given);
  return handle;
}

/** Of the arguments that the server keeps with the run: its worker may never see those of the duplicate. */
async function recordedFingerprint(
  host: ClientHost,
  { policy: { fingerprint } }: OnceStart,
  handle: ActivityHandle,
): Promise<string | undefined> {
  try {
    const description = await handle.describe({ includeInput: true });
    const args = (await description.getInput<unknown[]>()) ?? [];
    const chosen = evaluatePolicy(fingerprint === undefined ? {} : { fingerprint }, args, false);
    return fingerprintsOf(host.resolver(), args, chosen)[0];
  } catch (error) {
    if (error instanceof ActivityNotFoundError) return undefined;
    throw error;
  }
}
