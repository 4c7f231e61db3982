import type { LoadedDataConverter } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import type { Expiries, LiveExpiry } from './expiries';
import { OVERLAP_POLICIES, type OverlapPolicy } from './job';
import { decodeSpec } from './live-spec';
import { ActionPayloads, decodeMemo } from './payloads';
import { durationMs, instantMs } from './proto-time';
import type { Spec } from './spec';

type Described = temporal.api.workflowservice.v1.IDescribeScheduleResponse;

/** Memo fields, written at create and never again: the older scheduler can't change them. */
export const PLAN_MARK = 'temporal-once.plan';
export const SUCCEEDS_MARK = 'temporal-once.succeeds';

/** What a live schedule starts, decoded. */
export interface LiveAction {
  readonly type: string;
  readonly taskQueue: string;
  readonly workflowId: string;
  readonly args: readonly unknown[];
  readonly executionTimeoutMs: number | undefined;
  readonly runTimeoutMs: number | undefined;
  readonly summary: string | undefined;
  readonly details: string | undefined;
  /** Undefined: its runs do not expire. */
  readonly expiry: LiveExpiry | undefined;
}

/** A schedule as the server describes it. */
export interface Live {
  readonly id: string;
  /** As it came; an update sends it back but for what it changes. */
  readonly schedule: temporal.api.schedule.v1.ISchedule;
  readonly conflictToken: Uint8Array;
  readonly spec: Spec;
  readonly action: LiveAction;
  readonly overlap: OverlapPolicy;
  readonly catchupWindowMs: number;
  readonly pauseOnFailure: boolean;
  readonly paused: boolean;
  /** Undefined: as many as there are times. */
  readonly remainingActions: number | undefined;
  /** The plan that created it, by its memo. */
  readonly owner: string | undefined;
  /** The schedule whose place it takes, by its memo. */
  readonly succeeds: string | undefined;
  /** Nominal times of the last runs, from their workflow ids, in milliseconds. */
  readonly taken: ReadonlySet<number>;
  readonly running: number;
  /** Workflow ids that the overlap policy looks at. */
  readonly controlled: ReadonlySet<string>;
  readonly buffered: number;
  /** Counted from create on, by each of the two schedulers in its own way. */
  readonly overlapSkipped: number;
  readonly missedCatchup: number;
  readonly bufferDropped: number;
  readonly createdAtMs: number;
  /** The last change the server knows of, by its clock. */
  readonly updatedAtMs: number | undefined;
}

const OVERLAP = temporal.api.enums.v1.ScheduleOverlapPolicy;
/** A year: what the server fills in where nothing was said. */
export const DEFAULT_CATCHUP_MS = 365 * 86_400_000;

/** What reads a description. */
interface Reader {
  readonly converter: LoadedDataConverter;
  readonly namespace: string;
  readonly expiries: Expiries;
}

/** @throws what converter or codec throw for payloads they can't read; HeaderVersionError */
export async function decodeDescription(id: string, answer: Described, reader: Reader): Promise<Live> {
  const { schedule = {}, info, memo } = answer;
  const { spec, action, policies, state } = schedule ?? {};
  const mark = async (name: string): Promise<string | undefined> => {
    const value = await decodeMemo(reader.converter, memo?.fields?.[name]).catch(() => undefined);
    return typeof value === 'string' ? value : undefined;
  };
  const decoded = await decodeAction(action?.startWorkflow, reader);
  return {
    id,
    schedule: schedule ?? {},
    conflictToken: answer.conflictToken ?? new Uint8Array(),
    spec: decodeSpec(spec),
    action: decoded,
    overlap: overlapName(policies?.overlapPolicy),
    catchupWindowMs: durationMs(policies?.catchupWindow) ?? DEFAULT_CATCHUP_MS,
    pauseOnFailure: policies?.pauseOnFailure === true,
    paused: state?.paused === true,
    remainingActions: state?.limitedActions === true ? Number(state.remainingActions ?? 0) : undefined,
    owner: await mark(PLAN_MARK),
    succeeds: await mark(SUCCEEDS_MARK),
    taken: new Set(
      (info?.recentActions ?? []).flatMap(({ startWorkflowResult }) =>
        nominalOf(startWorkflowResult?.workflowId ?? ''),
      ),
    ),
    running: info?.runningWorkflows?.length ?? 0,
    controlled: new Set((info?.runningWorkflows ?? []).map(({ workflowId }) => workflowId ?? '')),
    buffered: Number(info?.bufferSize ?? 0),
    overlapSkipped: Number(info?.overlapSkipped ?? 0),
    missedCatchup: Number(info?.missedCatchupWindow ?? 0),
    bufferDropped: Number(info?.bufferDropped ?? 0),
    createdAtMs: instantMs(info?.createTime) ?? 0,
    updatedAtMs: instantMs(info?.updateTime),
  };
}

async function decodeAction(
  message: temporal.api.workflow.v1.INewWorkflowExecutionInfo | null | undefined,
  { converter, namespace, expiries }: Reader,
): Promise<LiveAction> {
  const workflowId = message?.workflowId ?? '';
  const payloads = new ActionPayloads(converter, namespace, workflowId);
  const { summary, details } = message?.userMetadata ?? {};
  const text = async (payload: typeof summary): Promise<string | undefined> => {
    if (payload === undefined || payload === null) return undefined;
    const [value] = await payloads.decode([payload]);
    return typeof value === 'string' ? value : undefined;
  };
  return {
    type: message?.workflowType?.name ?? '',
    taskQueue: message?.taskQueue?.name ?? '',
    workflowId,
    args: await payloads.decode(message?.input?.payloads ?? []),
    executionTimeoutMs: positive(durationMs(message?.workflowExecutionTimeout)),
    runTimeoutMs: positive(durationMs(message?.workflowRunTimeout)),
    summary: await text(summary),
    details: await text(details),
    expiry: expiries.read(message?.header?.fields ?? {}),
  };
}

function positive(ms: number | undefined): number | undefined {
  return ms === undefined || ms <= 0 ? undefined : ms;
}

function overlapName(value: number | null | undefined): OverlapPolicy {
  const name = OVERLAP[value ?? 0]?.replace('SCHEDULE_OVERLAP_POLICY_', '');
  return OVERLAP_POLICIES.find((known) => known === name) ?? 'SKIP';
}

/** The server appends the nominal time to the base of the workflow ids. */
function nominalOf(workflowId: string): number[] {
  const [text] = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.exec(workflowId) ?? [];
  return text === undefined ? [] : [Date.parse(text)];
}
