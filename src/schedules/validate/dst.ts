import { canonical, dstFindings, findZone, type Calendar, type DstFinding, type Spec } from '../spec';
import { valuesOf } from '../spec/fields';
import type { Found } from './found';
import type { Horizon } from './meetings';
import { placeOf, TIMES, type Prepared, type PreparedJob } from './prepared';
import { instantText, numberText } from './wording';

const SHOWN = 4;
/** Hours later, then earlier, at which the same job is tried. */
const OTHER_HOURS = [1, 2, 3, 4, -1, -2, -3];

/** Dates on which a change of the clock costs a run or adds one, by job and change, with times that are safe. */
export function* clockChanges(prepared: Prepared): Generator<Found> {
  const known = new Map<string, { findings: DstFinding[]; rewrite: string }>();
  for (const one of prepared.jobs) {
    const { spec } = one.job;
    if (spec.calendars.length === 0) continue;
    const text = canonical(spec);
    let entry = known.get(text);
    if (entry === undefined) {
      const findings = within(spec, prepared.horizon);
      entry = { findings, rewrite: findings.length === 0 ? '' : rewrite(spec, prepared.horizon) };
      known.set(text, entry);
    }
    const byChange = new Map<number, DstFinding[]>();
    for (const finding of entry.findings) {
      const change = finding.change.getTime();
      byChange.set(change, [...(byChange.get(change) ?? []), finding]);
    }
    for (const [change, group] of byChange) yield atChange(prepared, one, change, group, entry.rewrite);
  }
}

function within(spec: Spec, { from, until }: Horizon): DstFinding[] {
  return [...dstFindings(spec, new Date(from * 1000), new Date(until * 1000 - 1))];
}

const KINDS = {
  skipped: 'no run',
  twice: 'run twice',
  shifted: 'run at another instant',
  stray: 'run without being asked for',
};
const iso = (date: Date): string => instantText(date.getTime() / 1000);

function atChange(
  { plan }: Prepared,
  { job }: PreparedJob,
  change: number,
  group: readonly DstFinding[],
  safe: string,
): Found {
  const zone = findZone(job.spec.timezone);
  const at = change / 1000;
  const shift = ((zone?.offsetAt(at) ?? 0) - (zone?.offsetAt(at - 1) ?? 0)) / 60;
  const counts = (Object.keys(KINDS) as (keyof typeof KINDS)[])
    .map((kind) => [kind, group.filter((one) => one.kind === kind).length] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${numberText(count)} ${KINDS[kind]}`);
  const shown = group.slice(0, SHOWN).map(({ kind, wall, runs, intended }) => {
    const ran = runs.length === 0 ? 'no run' : `runs at ${runs.map(iso).join(' and ')}`;
    return `${wall} (${kind}): ${ran}${intended === undefined || kind === 'twice' ? '' : `, meant for ${iso(intended)}`}`;
  });
  const more = group.length > SHOWN ? `; and ${numberText(group.length - SHOWN)} more` : '';
  const instants = group.flatMap(({ runs, intended }) => [
    ...runs,
    ...(intended === undefined ? [] : [intended]),
  ]);
  return {
    rule: 'dst',
    severity: 'warning',
    jobs: [job.name],
    first: Math.min(...instants.map((instant) => instant.getTime() / 1000)),
    count: group.length,
    proof: `At ${iso(new Date(change))} the clock of ${job.spec.timezone} is set ${shift > 0 ? 'forward' : 'back'} by ${Math.abs(shift)}m; of the times on the wall ${counts.join(', ')}: ${shown.join('; ')}${more}.`,
    change: safe,
    ...placeOf(job, plan, 'timezone', ...TIMES),
  };
}

/** Other times of the same job without such dates in the horizon, tried and found so. */
function rewrite(spec: Spec, horizon: Horizon): string {
  for (const by of OTHER_HOURS) {
    const calendars = spec.calendars.map((calendar) => movedByHours(calendar, by));
    if (calendars.some((one) => one === undefined)) continue;
    const other: Spec = { ...spec, calendars: calendars as Calendar[] };
    if (within(other, horizon).length > 0) continue;
    const [only] = calendars;
    const text = calendars.length === 1 && only !== undefined ? cronOf(only) : undefined;
    const shift = `${Math.abs(by)}h ${by > 0 ? 'later' : 'earlier'}`;
    return `Move it ${shift}${text === undefined ? '' : `, cron: '${text}'`}: no such date in the horizon. Or timezone: UTC, whose clock never changes.`;
  }
  return 'Set timezone: UTC, whose clock never changes; no other hour up to 4h later or 3h earlier is free of such dates.';
}

function movedByHours(calendar: Calendar, by: number): Calendar | undefined {
  const hours = valuesOf(calendar.hour);
  // An hour beyond midnight would be another day; all hours stay all hours.
  if (hours.length > 12 || hours.some((hour) => hour + by < 0 || hour + by > 23)) return undefined;
  return { ...calendar, hour: hours.map((hour) => ({ start: hour + by, end: hour + by, step: 1 })) };
}

/** A cron string of five fields, where the calendar has no more. */
function cronOf(calendar: Calendar): string | undefined {
  if (valuesOf(calendar.second).join() !== '0' || calendar.year.length > 0) return undefined;
  return (
    [
      ['minute', 60],
      ['hour', 24],
      ['dayOfMonth', 31],
      ['month', 12],
      ['dayOfWeek', 7],
    ] as const
  )
    .map(([name, all]) => {
      const values = valuesOf(calendar[name]);
      return values.length === all ? '*' : values.join();
    })
    .join(' ');
}
