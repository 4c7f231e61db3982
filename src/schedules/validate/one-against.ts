import type { Finding } from '../finding';
import type { Job } from '../job';
import type { Spec } from '../spec';
import { reachOf } from './clash';
import { inOrder, type Found } from './found';
import { horizonOf, type ValidateOptions } from './horizon';
import { meetings, type Horizon, type Reach } from './meetings';
import { noOffsetBecause } from './no-offset';
import { durationOf, overlapsBetween } from './overlap';
import { prepare, type Prepared, type PreparedJob } from './prepared';
import { separationBetween } from './separation';

/** What one job breaks with another one. */
export interface Clash {
  readonly other: Job;
  /** Rule `overlap` or `separation`. */
  readonly finding: Finding;
  /** Why no offset parts the two; undefined where one may. */
  readonly noOffset: string | undefined;
}

/**
 * One job held against others: its overlaps and broken separations with each of them, never theirs with one another, so that the
 * cost grows with their number. Separations are those that the one job has, by name. Runs on one resource overlap only where one
 * of the two declares a duration.
 */
export class OneAgainst {
  private readonly horizon: Horizon;
  private readonly all: readonly Job[];
  private readonly prepared: Prepared;
  private readonly one: PreparedJob;
  private readonly others: readonly PreparedJob[];

  /** @param others of names unlike one another and that of `job` */
  constructor(job: Job, others: readonly Job[], options: ValidateOptions = {}) {
    this.horizon = horizonOf(options);
    this.all = [job, ...others];
    this.prepared = this.ready(this.all);
    const [one, ...rest] = this.prepared.jobs;
    this.one = one as PreparedJob;
    this.others = rest;
  }

  /** In the order of the others; of one, the overlap before the separation. */
  clashes(): readonly Clash[] {
    const { prepared, one } = this;
    return this.others.flatMap((other) =>
      [...rulesBetween(other, one)].flatMap(({ rule, reach, byMs }) => {
        const all: Found[] =
          rule === 'overlap'
            ? [...overlapsBetween(prepared, other, one)]
            : [separationBetween(prepared, one, other, byMs)];
        const errors = inOrder(all).filter(({ severity }) => severity === 'error');
        if (errors.length === 0) return [];
        const met = meetings(other.starts, one.starts, reach, this.horizon);
        const noOffset = noOffsetBecause(other, one, reach, met);
        return errors.map((finding) => ({ other: other.job, finding, noOffset }));
      }),
    );
  }

  /** Whether the one job would meet none of the others at these times. */
  isFree(spec: Spec): boolean {
    if (this.others.every((other) => rulesBetween(other, this.one).length === 0)) return true;
    const [moved] = this.ready([{ ...this.one.job, spec }]).jobs;
    return this.others.every((other) =>
      rulesBetween(other, moved as PreparedJob).every(
        ({ reach }) => meetings(other.starts, (moved as PreparedJob).starts, reach, this.horizon).count === 0,
      ),
    );
  }

  private ready(jobs: readonly Job[]): Prepared {
    const plan = { version: 1, name: 'one against others', queues: {}, avoid: [], jobs } as const;
    return prepare(plan, this.horizon, this.all);
  }
}

interface Rule {
  readonly rule: 'overlap' | 'separation';
  readonly reach: Reach;
  readonly byMs: number;
}

function rulesBetween(other: PreparedJob, one: PreparedJob): readonly Rule[] {
  const rules: Rule[] = [];
  const declared = [one, other].some(({ job }) => job.expectedDurationMs !== undefined);
  const { resource, tenant, separateFrom } = one.job;
  if (declared && resource !== undefined && resource === other.job.resource && tenant === other.job.tenant)
    rules.push({
      rule: 'overlap',
      reach: reachOf(other, one, durationOf(other), durationOf(one)),
      byMs: 0,
    });
  const byMs = Math.max(
    0,
    ...separateFrom.filter(({ job }) => job === other.job.name).map((one) => one.byMs),
  );
  if (byMs > 0) rules.push({ rule: 'separation', reach: reachOf(other, one, byMs, byMs), byMs });
  return rules;
}
