import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { HeaderVersionError } from '../errors';
import type { WhenRunning } from '../idempotency/call';
import type { ExpiryHeader } from '../idempotency/expiry-policy';
import type { OccurrenceHeader } from '../idempotency/occurrence-policy';
import type { EvaluatedPolicy } from '../idempotency/policy';

/** The header of activities. It does not pass through payload codecs: see `hashKeys`. */
export const HEADER = '__temporal_once';

/** Raised only when an older reader would misunderstand; new optional fields do not raise it. */
const VERSION = 1;

/** A policy as it travels: functions have been evaluated, absent fields are left out. */
export interface PolicyHeader {
  readonly v: number;
  readonly keyText?: string;
  readonly hashedKey?: string;
  readonly scope?: 'execution' | 'workflow' | 'global';
  readonly namedScope?: string;
  /** The scope where neither this call nor the activity's own declaration names one. */
  readonly defaultScope?: 'global';
  readonly hashedFingerprint?: string;
  readonly noFingerprint?: true;
  readonly category?: string;
  readonly ttl?: number | string;
  readonly errorTtl?: number | string;
  readonly cacheErrors?: readonly string[];
  readonly whenRunning?: WhenRunning;
  readonly onUnknownOutcome?: 'rerun' | 'fail';
  readonly label?: string;
  readonly crossNamespace?: boolean;
  readonly hashKeys?: boolean;
  /** Name of a local activity, kept through the SDK's own backoff. */
  readonly localId?: string;
  /** On the runs of a schedule: each nominal time is one operation. */
  readonly occurrence?: OccurrenceHeader;
  /** On the runs of a schedule: until when a run may begin. */
  readonly expiry?: ExpiryHeader;
  /** What a started workflow keeps of its start, for duplicates to be compared with. */
  readonly start?: StartHeader;
}

/** Stands in the first event of the workflow, which the server keeps as long as the workflow. */
export interface StartHeader {
  /** Names the call that started it. */
  readonly nonce: string;
  /** Digest of the arguments; absent where nothing is compared. */
  readonly fingerprint?: string;
}

/** Adds the start to what another door may have written for the same message. */
export function writeStart(headers: Headers, start: StartHeader): Headers {
  return addToHeader(headers, { start });
}

/** @throws HeaderVersionError for a header of a newer version. */
export function addToHeader(headers: Headers, fields: Partial<Omit<PolicyHeader, 'v'>>): Headers {
  const { v: _v, ...present } = readHeader(headers) ?? { v: VERSION };
  return writeHeader(headers, { ...present, ...fields });
}

export function writeHeader(headers: Headers, policy: Omit<PolicyHeader, 'v'>): Headers {
  return { ...headers, [HEADER]: defaultPayloadConverter.toPayload({ v: VERSION, ...policy }) };
}

/** @throws HeaderVersionError for a header of a newer version. */
export function readHeader(headers: Headers): PolicyHeader | undefined {
  const payload = headers[HEADER];
  if (payload === undefined) return undefined;
  const header = defaultPayloadConverter.fromPayload<PolicyHeader>(payload);
  if (header.v > VERSION) throw new HeaderVersionError(header.v, VERSION);
  return header;
}

/** The policy in a header, as the resolver takes it. */
export function policyOf(header: PolicyHeader): EvaluatedPolicy {
  const {
    v: _v,
    localId: _localId,
    occurrence: _occurrence,
    expiry: _expiry,
    start: _start,
    defaultScope: _defaultScope,
    noFingerprint,
    ...policy
  } = header;
  return noFingerprint === true ? { ...policy, fingerprint: false } : policy;
}
