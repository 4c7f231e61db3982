import { canonicalize } from '../key/canonical';
import { digest } from '../key/digest';
import { canonical, type Spec } from './spec';

/** What makes two schedules the same one; every `Job` has it. */
export interface CompositeParts {
  readonly spec: Spec;
  readonly jobType: string;
  readonly tenant: string;
  /** Undefined: none, which is one value of its own and equal to no name, not to the empty one either. */
  readonly resource?: string | undefined;
}

/**
 * The composite key as text: what the schedule fires at, job type, tenant and resource. Readable, equal exactly where
 * two schedules are the same one, however their specs were written.
 *
 * @param times the canonical text of the spec, where it is at hand.
 */
export function compositeText(parts: CompositeParts, times = canonical(parts.spec)): string {
  return canonicalize([times, parts.jobType, parts.tenant, parts.resource]);
}

/** The composite key as it is stored and made unique: SHA-256 of its text, base64url, 43 characters. */
export function compositeKey(parts: CompositeParts): string {
  return digest(compositeText(parts));
}
