import type { OutcomeToRecord, RecordView, RecordVerdict } from '../store';
import type {
  FoundStart,
  StartEnd,
  StartState,
  StartStore,
  StartToRecord,
  StartVerdict,
  StartView,
  WorkflowRun,
} from '../starts';

/** The records beside which the starts are kept. */
export interface RecordsBeside {
  now(): number;
  lookup(key: string): Promise<RecordView | undefined>;
  record(outcome: OutcomeToRecord): Promise<RecordVerdict>;
}

interface MemoryStart extends Omit<StartToRecord, 'replaces'> {
  state: StartState;
  lastRunId: string;
  startedAtMs: number;
  lookAtMs: number;
  endsAtMs: number;
}

/** Starts of workflows in this process, for unit tests. */
export class MemoryStarts implements StartStore {
  private readonly starts = new Map<string, MemoryStart>();

  constructor(private readonly records: RecordsBeside) {}

  async started({ replaces, ...start }: StartToRecord): Promise<StartVerdict> {
    const { key, runId } = start;
    const old = this.starts.get(key);
    if (old !== undefined && old.endsAtMs > this.records.now()) {
      const same = runId === old.runId || runId === old.lastRunId;
      if (same && old.state !== 'lost' && old.state !== 'ended') return { kind: 'recorded' };
      const forgotten = old.state === 'completed' && (await this.outcome(key)) === undefined;
      const followed = (old.state === 'open' || old.state === 'lost') && old.runId === replaces;
      const room = same || old.state === 'ended' || forgotten || followed;
      if (!room) return { kind: 'other', runId: old.runId };
    }
    const now = this.records.now();
    const times = { startedAtMs: now, lookAtMs: now, endsAtMs: Infinity };
    this.starts.set(key, { ...start, ...times, state: 'open', lastRunId: runId });
    return { kind: 'recorded' };
  }

  async standing(keys: readonly string[]): Promise<readonly StartView[]> {
    const views = await Promise.all(keys.map((key) => this.view(key, this.starts.get(key))));
    return views.flatMap((view) => view ?? []);
  }

  async find(run: WorkflowRun): Promise<FoundStart | undefined> {
    const start = this.ofRun(run, () => true);
    const view = start && (await this.view(start.key, start));
    return view && { ...view, payload: (await this.outcome(view.key))?.payload };
  }

  async ended(run: WorkflowRun, end: StartEnd): Promise<string | undefined> {
    const start = this.ofRun(run, ({ state }) => state === 'open' || state === 'lost');
    if (start === undefined) return undefined;
    const { key, type, fingerprint, retentionMs } = start;
    if (end.kind === 'completed') {
      const { payload, context } = end;
      const verdict = await this.records.record({ key, type, fingerprint, payload, context, retentionMs });
      if (verdict !== 'recorded' && (await this.outcome(key)) === undefined) return undefined;
    }
    const now = this.records.now();
    if (end.kind === 'followed') start.lastRunId = end.nextRunId;
    start.lookAtMs = now + (end.kind === 'running' ? end.lookAgainMs : 0);
    const over = end.kind === 'completed' || end.kind === 'ended' || end.kind === 'lost';
    start.state = over ? end.kind : 'open';
    start.endsAtMs = over ? now + retentionMs : Infinity;
    return key;
  }

  async due(namespace: string, max: number): Promise<readonly StartView[]> {
    const due = [...this.starts.values()]
      .filter((start) => start.namespace === namespace && start.state === 'open')
      .filter(({ lookAtMs }) => lookAtMs <= this.records.now())
      .sort((a, b) => a.lookAtMs - b.lookAtMs)
      .slice(0, max);
    const views = await Promise.all(due.map((start) => this.view(start.key, start)));
    return views.flatMap((view) => view ?? []);
  }

  /** @returns whether a run was open, or lost, under the key. */
  clear(key: string): boolean {
    const state = this.starts.get(key)?.state;
    this.starts.delete(key);
    return state === 'open' || state === 'lost';
  }

  private ofRun(
    { namespace, workflowId, runId }: WorkflowRun,
    fits: (start: MemoryStart) => boolean,
  ): MemoryStart | undefined {
    return [...this.starts.values()]
      .filter((start) => start.namespace === namespace && start.workflowId === workflowId)
      .find((s) => (runId === undefined || runId === s.runId || runId === s.lastRunId) && fits(s));
  }

  private async outcome(key: string): Promise<RecordView | undefined> {
    const view = await this.records.lookup(key);
    return view?.state === 'completed' ? view : undefined;
  }

  private async view(key: string, start: MemoryStart | undefined): Promise<StartView | undefined> {
    const outcome = await this.outcome(key);
    const now = this.records.now();
    const kept = start !== undefined && start.endsAtMs > now ? start : undefined;
    const stored = kept?.state === 'completed' ? undefined : kept?.state;
    const state = outcome === undefined ? stored : 'completed';
    if (state === undefined) return undefined;
    return {
      key,
      state,
      fingerprint: outcome === undefined ? kept?.fingerprint : outcome.fingerprint,
      run: kept && {
        namespace: kept.namespace,
        workflowId: kept.workflowId,
        runId: kept.runId,
        lastRunId: kept.lastRunId,
        startedAt: new Date(kept.startedAtMs),
        ageMs: now - kept.startedAtMs,
      },
    };
  }
}
