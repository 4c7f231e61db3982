import { temporal } from '@temporalio/proto';
import { instantMs } from '../schedules/proto-time';
import { asked, type RunServer } from './run-server';

const { Schedule, SchedulePatch } = temporal.api.schedule.v1;
const TYPE = 'temporal-sys-scheduler-workflow';
/** So many pages of its events are read, at most; with a thousand each. */
const MOST_PAGES = 20;

type Event = temporal.api.history.v1.IHistoryEvent;

/** What the history of a schedule's own workflow tells of pauses that people made. */
export interface SchedulerHistory {
  /** What lies before it is not told. */
  readonly knownFromMs: number;
  readonly pausedAtFirst: boolean;
  /** Ascending. */
  readonly changes: readonly { readonly atMs: number; readonly paused: boolean }[];
}

/**
 * Pauses of a schedule, back to an instant or as far as its history is kept. Only the older scheduler is a workflow, of the
 * same namespace; its signals are patches and updates of the schedule.
 * @returns undefined where there is no such history, or none that can be read
 * @throws what the connection throws, when the server can't be asked
 */
export async function schedulerHistory(
  server: RunServer,
  scheduleId: string,
  backToMs: number,
): Promise<SchedulerHistory | undefined> {
  let known: SchedulerHistory | undefined;
  let runId: string | undefined;
  for (let pages = MOST_PAGES; pages > 0;) {
    const run = await readRun(server, `temporal-sys-scheduler:${scheduleId}`, runId, pages);
    if (run === undefined) break;
    const { knownFromMs, pausedAtFirst } = run;
    known = { knownFromMs, pausedAtFirst, changes: [...run.changes, ...(known?.changes ?? [])] };
    if (knownFromMs <= backToMs || run.before === undefined) break;
    runId = run.before;
    pages -= run.pages;
  }
  return known;
}

interface Read extends SchedulerHistory {
  /** The run that this one continues. */
  readonly before: string | undefined;
  readonly pages: number;
}

async function readRun(
  server: RunServer,
  workflowId: string,
  runId: string | undefined,
  mostPages: number,
): Promise<Read | undefined> {
  const { namespace } = server.options;
  let first: Pick<Read, 'knownFromMs' | 'pausedAtFirst' | 'before'> | undefined;
  const changes: SchedulerHistory['changes'][number][] = [];
  let nextPageToken: Uint8Array | undefined;
  for (let pages = 1; pages <= mostPages; pages++) {
    const answer = await asked(server, () =>
      server.workflowService.getWorkflowExecutionHistory({
        namespace,
        execution: { workflowId, ...(runId === undefined ? {} : { runId }) },
        ...(nextPageToken === undefined ? {} : { nextPageToken }),
      }),
    );
    const events = answer?.history?.events ?? [];
    first ??= beginning(events[0]);
    // A run that was not read to its end would tell half the story.
    if (first === undefined) return undefined;
    for (const event of events) changes.push(...changesOf(event));
    nextPageToken = answer?.nextPageToken ?? undefined;
    if ((nextPageToken?.length ?? 0) === 0) return { ...first, changes, pages };
  }
  return undefined;
}

function beginning(
  event: Event | undefined,
): Pick<Read, 'knownFromMs' | 'pausedAtFirst' | 'before'> | undefined {
  const started = event?.workflowExecutionStartedEventAttributes;
  const knownFromMs = instantMs(event?.eventTime);
  if (started?.workflowType?.name !== TYPE || knownFromMs === undefined) return undefined;
  const paused = pausedIn(started.input?.payloads?.[0]?.data);
  if (paused === undefined) return undefined;
  return { knownFromMs, pausedAtFirst: paused, before: started.continuedExecutionRunId || undefined };
}

function changesOf(event: Event): SchedulerHistory['changes'] {
  const signal = event.workflowExecutionSignaledEventAttributes;
  const data = signal?.input?.payloads?.[0]?.data;
  const atMs = instantMs(event.eventTime);
  if (data == null || atMs === undefined) return [];
  const paused =
    signal?.signalName === 'patch'
      ? patched(data)
      : signal?.signalName === 'update'
        ? pausedIn(data)
        : undefined;
  return paused === undefined ? [] : [{ atMs, paused }];
}

function patched(data: Uint8Array): boolean | undefined {
  const { pause, unpause } = SchedulePatch.decode(data);
  return pause ? true : unpause ? false : undefined;
}

/**
 * Arguments of the scheduler's workflow and of its signal `update` are messages of the server's own; both begin with the
 * schedule, as field 1.
 */
function pausedIn(data: Uint8Array | null | undefined): boolean | undefined {
  const schedule = data == null ? undefined : firstField(data);
  if (schedule === undefined) return undefined;
  return Schedule.decode(schedule).state?.paused === true;
}

const FIELD_1_BYTES = 0x0a;

function firstField(data: Uint8Array): Uint8Array | undefined {
  if (data[0] !== FIELD_1_BYTES) return undefined;
  let [length, shift, at] = [0, 0, 1];
  for (; ; at++, shift += 7) {
    const byte = data[at];
    if (byte === undefined || shift > 28) return undefined;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  return data.subarray(at + 1, at + 1 + length);
}
