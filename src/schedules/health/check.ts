import { durationText } from '../validate/wording';
import { durationMs } from '../proto-time';
import type { Live } from '../describe';
import type { Job, Place, Plan } from '../job';
import type { OwnedSchedule } from '../owned';
import type { HealthLimits } from './facts';
import { at, HEALTH_RULES, type HealthFinding, type Whose } from './finding';
import { absentFinding, driftFinding, foreignFinding, isOwn, unownedFinding } from './ownership';
import { judgeLive, type Target } from './read-facts';
import type { HealthReport, ScheduleHealth } from './report';
import type { HealthSources } from './sources';

export interface HealthOptions extends HealthLimits {
  /** Only what this plan owns and speaks of. Default: all schedules of the namespace. */
  readonly plan?: Plan | undefined;
  /** How far back to look. */
  readonly windowMs: number;
  /** Whether to look for schedules that nobody owns, with a plan too. */
  readonly unowned: boolean;
  /** Told after each schedule; throws to end the check there. */
  readonly beat?: () => void;
}

/** Schedules that are asked for at the same time. */
const WIDTH = 4;

/** Looks at the schedules of a plan, or of the whole namespace. Changes nothing. @throws what the sources throw */
export async function checkHealth(sources: HealthSources, options: HealthOptions): Promise<HealthReport> {
  return new HealthCheck(sources, options).run();
}

class HealthCheck {
  private readonly findings: HealthFinding[] = [];
  private readonly schedules: ScheduleHealth[] = [];
  private readonly notes: string[] = [];
  private fromMs = 0;

  constructor(
    private readonly sources: HealthSources,
    private readonly options: HealthOptions,
  ) {}

  async run(): Promise<HealthReport> {
    const { owned, server } = this.sources;
    const { plan, unowned, nowMs } = this.options;
    this.fromMs = nowMs - (await this.windowMs());
    const jobs = new Map((plan?.jobs ?? []).map((job) => [job.id, job]));
    const rows = new Map(
      (plan === undefined
        ? await owned.all()
        : [...(await owned.ofPlan(plan.name)), ...(await owned.withIds([...jobs.keys()]))]
      ).map((row) => [row.scheduleId, row]),
    );
    const targets = new Set([...jobs.keys(), ...rows.keys()]);
    const others: string[] = [];
    if (plan === undefined || unowned)
      for await (const id of server.ids()) if (!targets.has(id)) others.push(id);
    await inParallel([...targets], (id) => this.look(id, jobs.get(id), rows.get(id)));
    const known = new Set((await owned.withIds(others)).map(({ scheduleId }) => scheduleId));
    const strangers = others.filter((id) => !known.has(id) && !isOwn(id));
    await inParallel(plan === undefined ? others : strangers, (id) =>
      plan === undefined
        ? this.lookAtStranger(id, unowned && !known.has(id) && !isOwn(id))
        : this.askOwner(id),
    );
    return this.report();
  }

  private report(): HealthReport {
    const rank = ({ rule }: HealthFinding): number => HEALTH_RULES.indexOf(rule);
    const byId = (a: { scheduleId: string }, b: { scheduleId: string }): number =>
      a.scheduleId < b.scheduleId ? -1 : a.scheduleId > b.scheduleId ? 1 : 0;
    return {
      checkedAt: at(Math.floor(this.options.nowMs)),
      healthy: this.findings.length === 0,
      schedules: this.schedules.sort(byId),
      findings: this.findings.sort((a, b) => rank(a) - rank(b) || byId(a, b)),
      notes: this.notes.sort(),
    };
  }

  /** Closed runs are forgotten once the namespace's retention is over: a time before that would look missed. */
  private async windowMs(): Promise<number> {
    const { host, namespace } = this.sources.server;
    const { config } = await host.workflowService.describeNamespace({ namespace });
    const keptMs = durationMs(config?.workflowExecutionRetentionTtl) ?? 0;
    const { windowMs } = this.options;
    if (keptMs <= 0 || keptMs >= windowMs) return windowMs;
    this.notes.push(
      `looked back ${durationText(keptMs)} instead of ${durationText(windowMs)}: the namespace keeps closed runs no longer`,
    );
    return keptMs;
  }

  private async look(id: string, job: Job | undefined, row: OwnedSchedule | undefined): Promise<void> {
    const { plan } = this.options;
    const { live, readable } = await this.find(id);
    const whose: Whose = {
      scheduleId: id,
      job: job?.name ?? row?.jobName,
      plan: row?.plan ?? live?.owner ?? (job === undefined ? undefined : plan?.name),
      place: placeOf(job, plan),
    };
    if (live === undefined) {
      this.findings.push(...(row === undefined ? [absentFinding(whose)] : driftFinding(whose, row, live)));
      return this.options.beat?.();
    }
    const owner = row?.plan ?? live.owner;
    if (job !== undefined && owner !== plan?.name) this.findings.push(foreignFinding(whose, owner));
    else if (row !== undefined && readable) this.findings.push(...driftFinding(whose, row, live));
    await this.judge({
      live,
      whose,
      pauseIsPlanned: job?.paused ?? row?.applied?.['paused'] === 'true',
      expectedDurationMs: job?.expectedDurationMs ?? row?.expectedDurationMs,
    });
  }

  /** One that the registry has not. */
  private async lookAtStranger(id: string, unowned: boolean): Promise<void> {
    const { live } = await this.find(id);
    // The list is a moment behind: it was deleted.
    if (live === undefined) return;
    if (unowned && live.owner === undefined) this.findings.push(unownedFinding(live));
    const whose = { scheduleId: id, job: undefined, plan: live.owner, place: undefined };
    await this.judge({ live, whose, pauseIsPlanned: false, expectedDurationMs: undefined });
  }

  private async askOwner(id: string): Promise<void> {
    const { live } = await this.find(id);
    if (live !== undefined && live.owner === undefined) this.findings.push(unownedFinding(live));
    this.options.beat?.();
  }

  private async judge(target: Target): Promise<void> {
    const { counts, findings, sinceMs } = await judgeLive(this.sources, target, this.fromMs, this.options);
    this.findings.push(...findings);
    const { scheduleId, job, plan } = target.whose;
    this.schedules.push({
      scheduleId,
      ...(job === undefined ? {} : { job }),
      ...(plan === undefined ? {} : { plan }),
      paused: target.live.paused,
      since: at(Math.floor(sinceMs)),
      counts,
    });
    this.options.beat?.();
  }

  /** What it starts may be encoded in a way that can't be read here: then all is told but the drift. */
  private async find(id: string): Promise<{ live: Live | undefined; readable: boolean }> {
    const { server } = this.sources;
    try {
      return { live: await server.find(id), readable: true };
    } catch (error) {
      if (typeof (error as { code?: unknown }).code === 'number') throw error;
      this.notes.push(`${id}: its payloads or header can't be read here, so drift is not told`);
      return { live: await server.withoutPayloads().find(id), readable: false };
    }
  }
}

function placeOf(job: Job | undefined, plan: Plan | undefined): Place | undefined {
  if (job?.place === undefined) return undefined;
  const { line, column, file = plan?.file } = job.place;
  return { line, column, ...(file === undefined ? {} : { file }) };
}

async function inParallel<T>(items: readonly T[], ask: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const take = async (): Promise<void> => {
    for (const item of left) await ask(item);
  };
  await Promise.all(Array.from({ length: WIDTH }, take));
}
