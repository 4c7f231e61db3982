import type { ScheduleClientInterceptor, ScheduleOptions } from '@temporalio/client';
import * as v from 'valibot';
import { InvalidOptionError } from '../errors';
import type { DurationInput } from '../idempotency/duration';
import type { ExpiryHeader } from '../idempotency/expiry-policy';
import { resolveOccurrence } from '../idempotency/occurrence-key';
import type { OccurrenceHeader, OccurrencePolicy } from '../idempotency/occurrence-policy';
import { occurrenceInstant } from '../key/occurrence';
import { checkOptions, policySchema } from '../options';
import { mendSpec } from '../registry/mend-spec';
import { isRegistering } from '../registry/registry';
import { wantedOf } from '../registry/wanted';
import { ScheduleConflictError } from '../schedule-errors';
import { noteOnSpan } from '../tracing/note';
import type { ClientHost } from './client';
import { checkedExpiry } from './expiry-header';
import { addToHeader } from './header';
import { evaluatePolicy } from './policy-header';

const { key, category, ttl, hashKeys, label } = policySchema.entries;
const schema = v.strictObject({
  once: v.literal('occurrence', "expected 'occurrence'"),
  key,
  scope: v.optional(
    v.union(
      [v.literal('global'), v.record(v.string(), v.unknown())],
      "expected 'global' or a name such as { tenant: 'acme' }",
    ),
  ),
  category,
  ttl,
  whenRunning: v.optional(v.picklist(['wait', 'fail'], "expected 'wait' or 'fail'")),
  hashKeys,
  label,
});

/**
 * Registers a new schedule, so that no other one does the same at the same times, and takes `idempotency` and `expiresAfter`
 * out of its options into the header of its action, which the server gives to every run. Whatever is wrong is refused here,
 * before there is a schedule.
 */
export function scheduleCreations(host: ClientHost): ScheduleClientInterceptor {
  return {
    async create(input, next) {
      const { idempotency, expiresAfter, ...given } = input.options;
      const options = { ...given, spec: mendSpec(given.spec) };
      let { headers } = input;
      if (idempotency !== undefined) {
        const occurrence = headerOf(idempotency, options.action.args ?? [], host);
        checkRuns(host, occurrence, options);
        headers = addToHeader(headers, { occurrence });
      }
      if (expiresAfter !== undefined)
        headers = addToHeader(headers, { expiry: expiryOf(expiresAfter, options) });
      const create = () => next({ ...input, options, headers });
      if (isRegistering(options.scheduleId)) return create();
      const wanted = wantedOf(host.namespace, options);
      const counted = { door: 'schedule-creation', keys: [wanted.compositeKey] };
      try {
        const created = await (await host.registry()).register(wanted, create);
        noteOnSpan(counted, 'created');
        return created;
      } catch (error) {
        if (error instanceof ScheduleConflictError) noteOnSpan(counted, 'conflict');
        throw error;
      }
    },
  };
}

/** @throws InvalidOptionError, InvalidKeyError, NotRepresentableError, TooDeepError */
function headerOf(given: OccurrencePolicy, args: readonly unknown[], host: ClientHost): OccurrenceHeader {
  checkOptions(schema, given, 'idempotency');
  const { once: _once, ...policy } = given;
  if (typeof policy.key === 'function')
    throw new InvalidOptionError(
      'idempotency.key',
      'is a function',
      'Give the value: a schedule has one key',
    );
  const { scope: _scope, ...header } = evaluatePolicy(policy, args, host.hashKeys);
  return header as OccurrenceHeader;
}

/** @throws InvalidOptionError */
function expiryOf(
  expiresAfter: DurationInput,
  { spec, policies }: Pick<ScheduleOptions, 'spec' | 'policies'>,
): ExpiryHeader {
  if (policies?.pauseOnFailure === true) {
    throw new InvalidOptionError(
      'expiresAfter',
      'does not go with policies.pauseOnFailure: an expired run is a failed one, so the first would pause the schedule',
      'Leave one of them out',
    );
  }
  return checkedExpiry({ expiresAfter, jitter: spec.jitter });
}

/** What a run would be refused for, long after anybody looks: its category, its duration, the length of its key. */
function checkRuns(
  host: ClientHost,
  occurrence: OccurrenceHeader,
  { scheduleId, action }: { readonly scheduleId: string; readonly action: { readonly workflowType: string } },
): void {
  resolveOccurrence(host.resolver(), {
    policy: occurrence,
    workflowType: action.workflowType,
    scheduleId,
    at: occurrenceInstant(new Date(0)),
    namespace: host.namespace,
  });
}
