import { occurrenceKey } from '../key/occurrence';
import { startType } from '../key/server-id';
import type { OccurrenceHeader, OccurrenceName } from './occurrence-policy';
import type { Resolver } from './resolve';

/** One occurrence of a schedule, as the schedule's action names it. */
export interface OccurrenceIdentity extends OccurrenceName {
  readonly policy: Omit<OccurrenceHeader, 'continued'>;
  readonly namespace: string;
}

/** What an occurrence is recorded under. */
export interface ResolvedOccurrence {
  /** What stands in the place of an activity's type. */
  readonly type: string;
  /** In every key form, current first. */
  readonly keys: readonly string[];
  readonly retentionMs: number;
}

/**
 * The keys of an occurrence: those of the schedule, or of the key its policy gives, in the window of the nominal time. The
 * client that creates the schedule works them out as its runs will, to refuse what those would be refused for.
 * @throws InvalidKeyError for a key that is too long; InvalidOptionError for a category or duration that is not acceptable
 */
export function resolveOccurrence(
  resolver: Resolver,
  { policy, workflowType, scheduleId, at, namespace }: OccurrenceIdentity,
): ResolvedOccurrence {
  const named = policy.keyText === undefined && policy.hashedKey === undefined ? { key: scheduleId } : {};
  const type = startType(workflowType);
  const { keys, retentionMs } = resolver.resolve(
    type,
    [],
    { scope: 'global', ...policy, ...named, fingerprint: false },
    { namespace, execution: [] },
  );
  return { type, keys: keys.map((key) => occurrenceKey(key, at)), retentionMs };
}
