import type {
  StartedRun,
  StartEnd,
  StartStore,
  StartToRecord,
  StartView,
  WorkflowRun,
} from '../stores/starts';
import { typeInKey } from '../key/key-text';
import { OutcomeNotKeptError } from '../start-errors';
import { endOfChain } from '../temporal/chain-end';
import { runEndOf, type RunEnd } from '../temporal/run-end';
import type { RunServer } from '../temporal/run-server';
import { describeRun } from '../temporal/workflow-runs';
import type { CountPath } from './counters';

/** What is known under the keys of a start before the server is asked. */
export type KnownStart =
  /** Nothing that answers: start it on the server. */
  | { readonly kind: 'none' }
  /** A run that was open when it was last looked at. Ask `look` what became of it before the server is asked to start. */
  | {
      readonly kind: 'open';
      readonly key: string;
      readonly fingerprint: string | undefined;
      readonly run: StartedRun;
    }
  /** It has completed: nothing may be started. `run` is undefined where the outcome was recorded by hand. */
  | {
      readonly kind: 'outcome';
      readonly key: string;
      readonly fingerprint: string | undefined;
      readonly run: StartedRun | undefined;
    }
  /** The server no longer knows the run, and nobody read its end. See `outcomeNotKept`. */
  | {
      readonly kind: 'lost';
      readonly key: string;
      readonly fingerprint: string | undefined;
      readonly run: StartedRun;
    };

export interface StartRecordsSettings {
  /** Larger results are recorded as completed without their result. */
  readonly maxResultBytes: number;
  count(type: string, path: CountPath): void;
}

/** The run that answers a start: its own, or another that was recorded meanwhile. */
export interface RecordedStart {
  readonly runId: string;
}

/** What answers for a run that the server no longer knows. */
export type StartAnswer =
  | { readonly kind: 'result'; readonly payload: Uint8Array }
  | { readonly kind: 'followed'; readonly runId: string };

/** What upkeep came to in one go. */
export interface LookedAt {
  readonly startOutcomes: number;
  readonly startsLost: number;
  /** Nothing more is due. */
  readonly done: boolean;
}

const MAX_ROUNDS = 3;
const LOOK_AT_ONCE = 8;
/** Far below the shortest time a namespace keeps what is closed. */
const MAX_LOOK_AGAIN_MS = 15 * 60_000;
const MIN_LOOK_AGAIN_MS = 60_000;

/**
 * The record of workflow starts: the server first, then the record. What is written here answers once the server no longer
 * knows a run.
 */
export class StartRecords {
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly store: StartStore,
    private readonly settings: StartRecordsSettings,
  ) {}

  /**
   * What stands under the keys of one operation, current form first; one round trip.
   * @throws StoreUnavailableError and the like: nothing may be started
   */
  async known(keys: readonly string[]): Promise<KnownStart> {
    const views = await this.store.standing(keys);
    return knownOf(
      views.find(({ state }) => state === 'completed') ?? views.find(({ state }) => state !== 'ended'),
    );
  }

  /**
   * Asks the server what became of a run that is open in the record, without waiting for its end, and writes it down.
   * @returns `open` (it still runs, or the server could not be asked), `outcome`, `none` (it did not complete: start
   * again) or `lost`.
   */
  async look(open: KnownStart & { kind: 'open' }, server: RunServer): Promise<KnownStart> {
    const { key, fingerprint, run } = open;
    if (run.namespace !== server.options.namespace) return open;
    const end = await endOfChain(server, run);
    if (end.kind === 'running') {
      if (end.lastRunId !== run.lastRunId)
        await this.ended(run, { kind: 'followed', nextRunId: end.lastRunId });
      return { ...open, run: { ...run, lastRunId: end.lastRunId } };
    }
    if (end.kind === 'gone') {
      await this.ended(run, { kind: 'lost' });
      return { kind: 'lost', key, fingerprint, run };
    }
    const said = runEndOf(end.event, run) ?? { kind: 'ended' };
    await this.ended(run, said);
    return said.kind === 'completed' ? { kind: 'outcome', key, fingerprint, run } : { kind: 'none' };
  }

  /**
   * Records what the server answered to a start (also a run that was there already).
   * @returns the run that stands under the key from now on
   * @throws StoreUnavailableError and the like: the run goes on, and the next start of the key records it
   */
  async started(start: Omit<StartToRecord, 'replaces'>, server: RunServer): Promise<RecordedStart> {
    let replaces: string | undefined;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const verdict = await this.store.started({ ...start, replaces });
      if (verdict.kind === 'recorded') return { runId: start.runId };
      const other = verdict.runId;
      // Two starts, two runs, and either may be the late one: the server knows which came last.
      const latest = await describeRun(server, start.workflowId);
      if (latest?.firstRunId === other) {
        const { namespace, workflowId } = start;
        await this.ended(
          { namespace, workflowId, runId: other },
          { kind: 'followed', nextRunId: latest.runId },
        );
        return { runId: other };
      }
      if (latest?.runId !== start.runId && latest?.firstRunId !== start.runId) return { runId: other };
      if (replaces === other) return { runId: other };
      replaces = other;
    }
    return { runId: start.runId };
  }

  /**
   * Records what a closing event says of a run: its outcome with the retention of the start, or that it ended without one.
   * Nothing is written for a run that was not started under a key, or whose key was cleared. One that ended without an
   * outcome is looked at: a reset goes on in a run that its closing event does not name.
   */
  async outcome(run: WorkflowRun, end: RunEnd, server: RunServer): Promise<void> {
    if (end.kind !== 'ended') return this.ended(run, end);
    const found = await this.store.find(run);
    const known = knownOf(found);
    if (known.kind === 'open') await this.look(known, server);
  }

  /**
   * What answers for a run that the server no longer knows: its result, encoded, or the run that goes on in its place.
   * Undefined when it was not started under a key.
   * @throws OutcomeNotKeptError, StoreUnavailableError and the like
   */
  async answer(run: WorkflowRun, server: RunServer): Promise<StartAnswer | undefined> {
    let found = await this.store.find(run);
    const open = knownOf(found);
    if (open.kind === 'open') {
      const known = await this.look(open, server);
      if (known.kind === 'open') return { kind: 'followed', runId: known.run.lastRunId };
      found = await this.store.find(run);
    }
    if (found?.run === undefined) return undefined;
    const { key, state, payload } = found;
    if (state === 'completed' && payload !== undefined) return { kind: 'result', payload };
    const { workflowId, runId } = found.run;
    const reason = state === 'completed' ? 'no-result' : state === 'ended' ? 'ended' : 'lost';
    throw new OutcomeNotKeptError(key, workflowId, runId, reason);
  }

  /**
   * Asks the server of one namespace what became of open starts, those that are due longest first, and writes it down. What
   * is looked at is put off first, so that a killed one goes on behind it, and nothing is asked for twice in a row.
   * @throws what the store throws, and what the connection throws when no run at all could be asked for
   */
  async lookAtDue(server: RunServer, budgetMs: number, beat: () => void): Promise<LookedAt> {
    const startedAtMs = performance.now();
    const seen = { startOutcomes: 0, startsLost: 0 };
    for (;;) {
      beat();
      const due = await this.store.due(server.options.namespace, LOOK_AT_ONCE);
      if (due.length === 0) return { ...seen, done: true };
      const looks = await Promise.allSettled(due.map((view) => this.lookAt(view, server)));
      for (const look of looks) {
        if (look.status !== 'fulfilled') continue;
        if (look.value === 'outcome') seen.startOutcomes++;
        if (look.value === 'lost') seen.startsLost++;
      }
      const failed = looks.find((look) => look.status === 'rejected');
      if (failed !== undefined && looks.every(({ status }) => status === 'rejected')) throw failed.reason;
      if (performance.now() - startedAtMs > budgetMs) return { ...seen, done: false };
    }
  }

  private async lookAt(view: StartView, server: RunServer): Promise<KnownStart['kind']> {
    const known = knownOf(view);
    if (known.kind !== 'open') return known.kind;
    const { run } = known;
    const lookAgainMs = Math.min(MAX_LOOK_AGAIN_MS, Math.max(MIN_LOOK_AGAIN_MS, run.ageMs / 10));
    await this.ended(run, { kind: 'running', lookAgainMs });
    return (await this.look(known, server)).kind;
  }

  /** Where the run that stands under a key belongs; undefined when there is none. */
  async runUnder(
    key: string,
  ): Promise<{ readonly namespace: string; readonly workflowId: string } | undefined> {
    const run = (await this.store.standing([key]))[0]?.run;
    return run && { namespace: run.namespace, workflowId: run.workflowId };
  }

  /** Waits for what is being recorded. */
  async close(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }

  private ended(run: WorkflowRun, end: StartEnd): Promise<void> {
    const recording = this.record(run, end).finally(() => this.underWay.delete(recording));
    this.underWay.add(recording);
    return recording;
  }

  private async record(run: WorkflowRun, end: StartEnd): Promise<void> {
    const kept =
      end.kind === 'completed' && (end.payload?.byteLength ?? 0) > this.settings.maxResultBytes
        ? { ...end, payload: undefined }
        : end;
    const { namespace, workflowId, runId } = run;
    const key = await this.store.ended({ namespace, workflowId, runId }, kept);
    if (key === undefined) return;
    if (end.kind === 'completed') this.settings.count(typeInKey(key), 'start_outcomes_recorded');
    if (end.kind === 'lost') this.settings.count(typeInKey(key), 'start_outcomes_lost');
  }
}

/** The error for a start that is lost. */
export function outcomeNotKept({ key, run }: KnownStart & { kind: 'lost' }): OutcomeNotKeptError {
  return new OutcomeNotKeptError(key, run.workflowId, run.runId, 'lost');
}

function knownOf(view: StartView | undefined): KnownStart {
  if (view === undefined) return { kind: 'none' };
  const { key, state, fingerprint, run } = view;
  if (state === 'completed') return { kind: 'outcome', key, fingerprint, run };
  return run === undefined || state === 'ended' ? { kind: 'none' } : { kind: state, key, fingerprint, run };
}
