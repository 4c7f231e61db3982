import { setTimeout as sleep } from 'node:timers/promises';
import type { Live } from './describe';
import { DueRuns, LATE_MS } from './due-runs';
import type { Job } from './job';
import { jobOfLive } from './job-of-live';
import type { LiveSchedules } from './live';
import type { OwnedSchedules } from './owned';
import { createRequest, marks } from './request';
import { updateInPlace } from './update';

const SECOND = 1_000;
/** Less than this before it, the moment of the change is put off: the old one has to be ended before. */
const MARGIN_MS = 2_000;
const POLL_MS = 200;

export interface SuccessionLimits {
  /** How far ahead the moment of the change is chosen. */
  readonly leadMs: number;
  /** How long its end is waited for; the next apply goes on. */
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}

export type Succession =
  /** The old schedule is gone; the new one is still to be brought to what the job says. */
  | { readonly done: true; readonly next: Live | undefined }
  | { readonly done: false; readonly until: Date; readonly waitsFor: string };

/**
 * Puts another schedule into the place of one, without a gap and without an overlap: the successor begins at T, the old one
 * ends just before T, and goes when nothing of it is due any more. Which step comes next is read from the server each time,
 * so that any process can go on after any other, a killed one too.
 */
export class Successor {
  constructor(
    private readonly server: LiveSchedules,
    private readonly owned: OwnedSchedules,
    private readonly plan: string,
  ) {}

  async advance(job: Job, from: string, limits: SuccessionLimits): Promise<Succession> {
    const old = await this.server.find(from);
    if (old === undefined) {
      await this.owned.forget(from);
      return { done: true, next: await this.server.find(job.id) };
    }
    const next = (await this.server.find(job.id)) ?? (await this.create(job, old, limits));
    const ended = await this.end(job, old, next, limits);
    if (ended.deferredUntil !== undefined)
      return { done: false, until: ended.deferredUntil, waitsFor: `a run of ${from} in its jitter window` };
    return this.remove(job, ended.old, ended.atMs, limits);
  }

  /** Begins at T; its runs have the ids of the old one's, so that the two can't both start one. */
  private async create(job: Job, old: Live, { leadMs }: SuccessionLimits): Promise<Live> {
    const atMs = moment(leadMs);
    const wanted = this.from(job, old, atMs);
    await this.owned.reserve(this.plan, wanted);
    await this.server.create(
      job.id,
      await createRequest(this.server, wanted),
      await marks(this.server, this.plan, old.id),
    );
    return (await this.server.find(job.id)) as Live;
  }

  /** Ends the old one just before T, or before a later T where that one is too near. */
  private async end(
    job: Job,
    old: Live,
    next: Live,
    limits: SuccessionLimits,
  ): Promise<{ old: Live; atMs: number; deferredUntil?: Date }> {
    let atMs = next.spec.startAtMs;
    if (atMs !== undefined && old.spec.endAtMs !== undefined && old.spec.endAtMs < atMs) return { old, atMs };
    if (atMs === undefined || atMs - MARGIN_MS < Date.now()) {
      atMs = moment(limits.leadMs);
      const moved = await updateInPlace(this.server, next, this.from(job, old, atMs), limits);
      atMs = moved.live.spec.startAtMs ?? atMs;
    }
    const ends = { ...jobOfLive(old), spec: { ...old.spec, endAtMs: atMs - SECOND } };
    const updated = await updateInPlace(this.server, old, ends, limits);
    return {
      old: updated.live,
      atMs,
      ...(updated.until === undefined ? {} : { deferredUntil: updated.until }),
    };
  }

  /** Once T and the jitter have passed, nothing is buffered, and no run is left that the overlap policy looks at. */
  private async remove(
    job: Job,
    old: Live,
    atMs: number,
    { waitMs, signal }: SuccessionLimits,
  ): Promise<Succession> {
    const startedAt = performance.now();
    for (let seen: Live | undefined = old; seen !== undefined; seen = await this.server.find(old.id)) {
      const goneAtMs = atMs + seen.spec.jitterMs + LATE_MS;
      const due = await new DueRuns(this.server).at(seen, Date.now());
      const controlled = seen.overlap === 'ALLOW_ALL' ? 0 : seen.running;
      if (Date.now() >= goneAtMs && due.length === 0 && seen.buffered === 0 && controlled === 0) break;
      if (performance.now() - startedAt > waitMs) {
        const waitsFor =
          Date.now() < goneAtMs ? 'the moment of the change' : `a run of ${old.id} that still goes on`;
        return { done: false, until: new Date(Math.max(goneAtMs, Date.now())), waitsFor };
      }
      await sleep(POLL_MS, undefined, { signal });
    }
    await this.server.delete(old.id);
    await this.owned.forget(old.id);
    return { done: true, next: await this.server.find(job.id) };
  }

  private from(job: Job, old: Live, atMs: number): Job {
    const startAtMs = Math.max(atMs, job.spec.startAtMs ?? 0);
    const workflow = { ...job.workflow, workflowId: old.action.workflowId };
    return { ...job, workflow, spec: { ...job.spec, startAtMs } };
  }
}

/** A whole second, the lead from now. */
function moment(leadMs: number): number {
  return Math.ceil((Date.now() + leadMs) / SECOND) * SECOND;
}
