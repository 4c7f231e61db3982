import { createHash } from 'node:crypto';
import { OperationRunningError, ResultNotKeptError } from '../claim-errors';
import type { RecordView } from '../stores/store';
import type { Call, CallLog } from './call';
import { claimForms, type WonClaim } from './claim-forms';
import { clearKeys } from './clear-keys';
import type { OutcomeCodec } from './codec';
import { completionOf } from './completion';
import type { Engine } from './engine';
import { NOT_COMPARED } from './fingerprints';
import type { OccurrenceAsk } from './occurrence-policy';

/**
 * Workflow code renews no lease, and none decides here: whether a holder is gone the server is asked. This one ends the
 * claims of runs that nobody can be asked about.
 */
const LEASE_MS = 30 * 24 * 3_600_000;

/** Runs that were overtaken by others this often ask again later. */
const MAX_ROUNDS = 5;

export interface OccurrenceCall {
  readonly ask: OccurrenceAsk;
  readonly type: string;
  readonly namespace: string;
  /** In each key form, current first. */
  readonly keys: readonly string[];
  readonly retentionMs: number;
  readonly codec: OutcomeCodec;
  /** Whether the chain of runs that began with this run id is still going on. @throws when the server can't be asked */
  readonly isGoingOn: (workflowId: string, firstRunId: string) => Promise<boolean>;
  readonly log: CallLog;
}

/** What a run shall do. */
export type Verdict = 'run' | 'replay';
/** What became of a run's outcome. `stale`: another run of the occurrence has its place. */
export type Ended = 'recorded' | 'replay' | 'stale';

type Taken =
  | { readonly kind: 'won'; readonly won: WonClaim }
  | { readonly kind: 'outcome'; readonly view: RecordView; readonly own: boolean }
  | { readonly kind: 'live' };

/** One run of an occurrence of a schedule: claims it, and records or reads its outcome. Every step may be repeated. */
export class Occurrence {
  private readonly counted: Pick<Call, 'type' | 'door'>;

  constructor(
    private readonly engine: Engine,
    private readonly call: OccurrenceCall,
  ) {
    this.counted = { type: call.type, door: 'schedule' };
  }

  /**
   * Claims the occurrence unless it has an outcome.
   * @throws OperationRunningError while another run of it is going on, StoreUnavailableError
   */
  async begin(): Promise<Verdict> {
    const taken = await this.take();
    if (taken.kind === 'won') return 'run';
    if (taken.kind === 'outcome') return 'replay';
    const wait = this.call.ask.policy.whenRunning !== 'fail';
    if (!wait) this.engine.count(this.counted, 'running');
    const why = wait
      ? 'this run asks again later'
      : 'this run does not wait for the other one (whenRunning: fail)';
    throw new OperationRunningError(this.key, 0, wait, why);
  }

  /** The recorded result. @throws ResultNotKeptError, or what makes the outcome impossible to read */
  async outcome(): Promise<unknown> {
    const view = await this.look();
    if (view?.payload === undefined) throw new ResultNotKeptError(this.key);
    const value = await this.call.codec.decodeResult(view.payload, view.context);
    this.engine.count(this.counted, 'occurrence_replayed');
    return value;
  }

  /** Records the run's result. @throws StoreUnavailableError: the workflow does not end before it is recorded */
  async end(result: unknown): Promise<Ended> {
    const taken = await this.take();
    if (taken.kind === 'outcome' && taken.own) return 'replay';
    if (taken.kind !== 'won') return this.stale();
    const { retentionMs, codec, log } = this.call;
    const call = { keys: this.call.keys, codec, log, type: this.call.type, fingerprints: NOT_COMPARED };
    const completion = await completionOf(this.engine, { ...call, ...UNCACHED }, result, retentionMs);
    for (const { key, fence } of taken.won.rows) {
      const verdict = await this.engine.store.settle({ ...completion, key, fence, nonce: taken.won.nonce });
      if (verdict === 'stale') return this.stale();
    }
    this.engine.count(this.counted, completion.payload === undefined ? 'not_kept' : 'first');
    return 'recorded';
  }

  /** The body failed: whoever runs the occurrence next need not ask the server. */
  async release(): Promise<void> {
    const view = await this.look();
    if (view?.state !== 'running' || view.owner['claimant'] !== this.call.ask.claimant) return;
    const taken = await this.take();
    if (taken.kind !== 'won') return;
    for (const { key, fence } of taken.won.rows)
      await this.engine.store.settle({ key, fence, nonce: taken.won.nonce, op: 'release' });
    this.engine.count(this.counted, 'released');
  }

  /** Takes the occurrence, or finds that this claimant has it already. */
  private async take(): Promise<Taken> {
    const { ask } = this.call;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const seen = await this.look();
      const own = seen?.owner['claimant'] === ask.claimant;
      if (seen !== undefined && seen.state !== 'running') {
        if (!ask.reset || own || !this.isOfOwnChain(seen)) return { kind: 'outcome', view: seen, own };
        // Somebody reset the run that recorded it: that is to be done again, and to be remembered as it ends now.
        await clearKeys(this.engine.store, this.call.keys);
        continue;
      }
      const vanished = seen === undefined || own ? undefined : seen;
      if (vanished !== undefined && (await this.isLive(vanished))) return { kind: 'live' };
      const won = await this.claim(vanished);
      if (won === undefined) continue;
      if (vanished !== undefined && !this.isOfOwnChain(vanished)) this.say(vanished, won);
      return { kind: 'won', won };
    }
    return { kind: 'live' };
  }

  /**
   * A vanished holder is followed under its own name, as its next start: of two that follow it one wins, and a
   * newcomer, who has a name of its own, is never overrun.
   */
  private async claim(vanished: RecordView | undefined): Promise<WonClaim | undefined> {
    const { ask, type, keys, namespace } = this.call;
    const execution = vanished?.owner['execution'] ?? `occurrence\n${namespace}\n${ask.claimant}`;
    const startOrder = vanished === undefined ? 0 : Number(vanished.owner['start'] ?? 0) + 1;
    const detail = {
      door: 'schedule',
      namespace,
      workflowId: ask.workflowId,
      firstRunId: ask.firstRunId,
      claimant: ask.claimant,
      execution,
      start: String(startOrder),
    };
    const { label } = ask.policy;
    const asked = { keys, type, fingerprints: NOT_COMPARED, shared: false, label };
    const owner = { execution, startOrder, detail };
    const answer = await claimForms(
      this.engine.store,
      { ...asked, owner },
      LEASE_MS,
      nonceOf(namespace, ask.claimant),
    );
    return answer.kind === 'won' ? answer : undefined;
  }

  private async isLive(holder: RecordView): Promise<boolean> {
    const { workflowId, firstRunId, namespace } = holder.owner;
    if (workflowId === undefined || firstRunId === undefined || namespace !== this.call.namespace)
      return holder.remainingMs > 0;
    // A reset ends the run that was before it.
    if (this.call.ask.reset && this.isOfOwnChain(holder)) return false;
    return this.call.isGoingOn(workflowId, firstRunId);
  }

  private isOfOwnChain({ owner }: RecordView): boolean {
    const { workflowId, firstRunId } = this.call.ask;
    return owner['workflowId'] === workflowId && owner['firstRunId'] === firstRunId;
  }

  private async look(): Promise<RecordView | undefined> {
    for (const key of this.call.keys) {
      const view = await this.engine.store.lookup(key);
      if (view !== undefined) return view;
    }
    return undefined;
  }

  private get key(): string {
    return this.call.keys[0] as string;
  }

  private stale(): 'stale' {
    this.engine.count(this.counted, 'stale');
    this.call.log('occurrence_stale', { key: this.key });
    return 'stale';
  }

  private say({ owner }: RecordView, { rows }: WonClaim): void {
    this.engine.count(this.counted, 'unknown_rerun');
    this.call.log('occurrence_rerun', {
      key: this.key,
      fence: rows[0]?.fence.toString(),
      previous_workflowId: owner['workflowId'],
      previous_firstRunId: owner['firstRunId'],
    });
  }
}

/** Outcomes of occurrences are asked for once a run: no cache is asked or filled. */
const UNCACHED = { shared: false, owner: { execution: '', startOrder: 0, detail: {} } } as const;

/** The same claimant is the same claim, on whatever worker and however often. */
function nonceOf(namespace: string, claimant: string): string {
  const hex = createHash('sha256').update(`occurrence\n${namespace}\n${claimant}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
