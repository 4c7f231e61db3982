import { canonical } from '../spec';
import { horizonText, type Found } from './found';
import { placeOf, TIMES, type Prepared, type PreparedJob } from './prepared';
import { namesText } from './wording';

/** Jobs with one composite key: the same work at the same times for the same tenant and resource. */
export function* sameTimes({ plan, jobs, horizon }: Prepared): Generator<Found> {
  const groups = new Map<string, PreparedJob[]>();
  for (const one of jobs) {
    const group = groups.get(one.composite);
    if (group === undefined) groups.set(one.composite, [one]);
    else group.push(one);
  }
  for (const group of groups.values()) {
    const [first, second] = group;
    if (first === undefined || second === undefined) continue;
    const { job, starts } = first;
    const names = group.map((one) => one.job.name);
    const at = starts.next(horizon.from);
    const of = job.resource === undefined ? 'no resource' : `resource ${job.resource}`;
    yield {
      rule: 'same-times',
      severity: 'error',
      jobs: names,
      ...(at < horizon.until ? { first: at } : {}),
      count: starts.rank(horizon.until - 1) - starts.rank(horizon.from - 1),
      period: horizonText(horizon),
      proof: `${namesText(names)} have one composite key: job type ${job.jobType}, tenant ${job.tenant}, ${of}, and the same times: ${canonical(job.spec)}.`,
      change: `Keep one of them: remove ${namesText(names.slice(1))}, or give it other times, another resource or another jobType.`,
      ...placeOf(second.job, plan, ...TIMES),
    };
  }
}
