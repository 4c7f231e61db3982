import type { CompiledScheduleOptions } from '@temporalio/client';
import { InvalidOptionError } from '../errors';
import { compositeKey } from '../schedules/composite-key';
import { requireSpec, type Spec } from '../schedules/spec';
import type { ScheduleFacts, ScheduleRow } from '../stores/schedules';
import type { LiveSchedule } from '../temporal/live-schedules';
import { specOfServer } from './server-spec';

/** Memo fields that say whose schedule it is; everything else in a memo is the user's. */
export const MEMO_FIELDS = ['tenant', 'resource', 'jobType'] as const;

/** A schedule that somebody wants to exist, checked: what the registry will know of it. */
export interface Wanted extends ScheduleFacts {
  readonly spec: Spec;
}

/** What a plan, or `ensure`, says beyond the options of the SDK. */
export type Declared = Pick<
  ScheduleFacts,
  'jobType' | 'tenant' | 'resource' | 'expectedDurationMs' | 'expiresAfterMs' | 'plan' | 'job'
>;

type Options = Pick<CompiledScheduleOptions, 'scheduleId' | 'spec' | 'memo'> & {
  readonly action: Pick<CompiledScheduleOptions['action'], 'workflowType' | 'taskQueue'>;
};

const MAX_TEXT = 1_000;

/**
 * Reads a schedule that is to be created. Without a declaration the job type is the workflow type, the tenant the memo's or
 * the namespace, the resource the memo's or none.
 * @throws SpecError with all that is wrong with the spec, InvalidOptionError
 */
export function wantedOf(namespace: string, options: Options, declared: Partial<Declared> = {}): Wanted {
  const { scheduleId, action, memo } = options;
  const spec = requireSpec(options.spec);
  const { workflowType, taskQueue } = action;
  const jobType = declared.jobType ?? memoText(memo, 'jobType') ?? workflowType;
  const tenant = declared.tenant ?? memoText(memo, 'tenant') ?? namespace;
  const resource = declared.resource ?? memoText(memo, 'resource');
  for (const [name, value] of Object.entries({
    scheduleId,
    workflowType,
    taskQueue,
    jobType,
    tenant,
    resource,
  }))
    checkText(name, value);
  const parts = { spec, jobType, tenant, resource };
  return {
    ...declared,
    namespace,
    scheduleId,
    workflowType,
    taskQueue,
    ...parts,
    compositeKey: compositeKey(parts),
  };
}

function memoText(memo: Readonly<Record<string, unknown>> | undefined, name: string): string | undefined {
  const value = memo?.[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new InvalidOptionError(
    `memo.${name}`,
    'is not a text',
    `The memo's ${name} says whose schedule it is: give a text, or keep other data under another name`,
  );
}

function checkText(name: string, value: string | undefined): void {
  if (value === undefined) return;
  if (typeof value === 'string' && value.length <= MAX_TEXT && !value.includes('\0')) return;
  throw new InvalidOptionError(
    name,
    'is not acceptable',
    `Give a text of at most ${MAX_TEXT} characters without NUL`,
  );
}

/**
 * What a schedule is by what the server tells of it: its memo first, else what its row knows, else the defaults. Undefined
 * where that can't be said: it fires at nothing, or its memo is not readable here and it has no row.
 */
export function factsOfLive(
  namespace: string,
  live: LiveSchedule,
  row: ScheduleRow | undefined,
): Wanted | undefined {
  const identity = identityOfLive(namespace, live, row);
  const spec = live.spec == null ? undefined : specOfServer(live.spec);
  if (identity === undefined || spec === undefined) return undefined;
  const { workflowType = '', taskQueue = row?.taskQueue ?? '', scheduleId } = live;
  const facts = { namespace, scheduleId, workflowType, taskQueue, ...identity, spec };
  return { ...facts, compositeKey: compositeKey(facts) };
}

export type Identity = Pick<ScheduleFacts, 'jobType' | 'tenant' | 'resource'>;

export function identityOfLive(
  namespace: string,
  { workflowType, memo }: LiveSchedule,
  row: ScheduleRow | undefined,
): Identity | undefined {
  if (memo.unreadable.length > 0 && row === undefined) return undefined;
  const { texts } = memo;
  const known = row?.workflowType === workflowType ? row?.jobType : undefined;
  return {
    jobType: texts['jobType'] ?? known ?? workflowType ?? '',
    tenant: texts['tenant'] ?? row?.tenant ?? namespace,
    resource: texts['resource'] ?? row?.resource,
  };
}
