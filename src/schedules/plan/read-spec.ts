import { parseSpec, type CalendarInput, type IntervalInput, type Spec, type SpecProblem } from '../spec';
import type { CommonFields, JobFields } from './fields';
import type { Path } from './places';
import type { PlanProblems } from './problem';

type Part = 'cron' | 'every' | 'offset' | 'calendars' | keyof CommonFields;
const PARTS: readonly Part[] = [
  'cron',
  'every',
  'offset',
  'calendars',
  'exclude',
  'timezone',
  'jitter',
  'startAt',
  'endAt',
];

export interface SpecSource {
  readonly job: JobFields;
  readonly defaults: CommonFields;
  readonly jobPath: Path;
  readonly problems: PlanProblems;
}

/** What a job fires at, by the spec engine; its problems are said where the plan has the text. */
export function readSpec({ job, defaults, jobPath, problems }: SpecSource): Spec | undefined {
  const at = (part: Part): Path =>
    part in job || !(part in defaults) ? [...jobPath, part] : ['defaults', part];
  if (!('cron' in job || 'every' in job || 'calendars' in job)) {
    const remedy = "Write cron: '0,30 * * * *', every: 27m, or calendars.";
    problems.add('missing-field', jobPath, 'no times', remedy, { name: true });
    return undefined;
  }
  if ('offset' in job && (!('every' in job) || typeof job.every === 'object')) {
    const remedy =
      'every' in job
        ? 'Write one with each: every: [{ every: 27m, offset: 1m }].'
        : 'Write every, or leave the offset out.';
    problems.add('value', at('offset'), 'an offset without one interval', remedy);
  }
  const partial = PARTS.some((part) => problems.anyUnder(at(part)));
  const crons = many(job.cron);
  const zone = job.timezone ?? (crons.some(namesZone) ? undefined : defaults.timezone);
  const { spec, problems: found } = parseSpec({
    cronExpressions: crons,
    intervals: intervalsOf(job),
    calendars: many<CalendarInput>(job.calendars),
    exclude: many<CalendarInput>(job.exclude ?? defaults.exclude),
    ...optional('startAt', job.startAt ?? defaults.startAt),
    ...optional('endAt', job.endAt ?? defaults.endAt),
    ...optional('jitter', job.jitter ?? defaults.jitter),
    ...optional('timezone', zone),
  });
  for (const problem of found) {
    const never = /^(calendars|intervals|exclude)$/.test(problem.field);
    // Of times that are not all known "never fires" would be a guess.
    if (partial && never) continue;
    const path = placeOf(problem, { ...defaults, ...job }, at);
    const ofJob = never && path[0] === 'defaults' ? ` (job ${String(jobPath.at(-1))})` : '';
    const spot = problem.column === undefined ? {} : { character: problem.column };
    problems.add('times', path, `${problem.problem}${ofJob}`, problem.remedy, spot);
  }
  return spec;
}

/** The part of the plan that a field of the spec came from. */
function placeOf({ field }: SpecProblem, job: JobFields, at: (part: Part) => Path): Path {
  const [, name = '', index, rest = ''] = /^(\w+)(?:\[(\d+)\])?(?:\.(\w+))?/.exec(field) ?? [];
  const within = (part: Part, value: unknown): Path => [
    ...at(part),
    ...(index !== undefined && Array.isArray(value) ? [Number(index)] : []),
    ...(rest === '' ? [] : [rest]),
  ];
  switch (name) {
    case 'cronExpressions':
      return within('cron', job.cron);
    case 'intervals':
      if (typeof job.every === 'number') return at('offset' in job ? 'offset' : 'every');
      return within('every', job.every);
    case 'calendars':
      if ('calendars' in job) return within('calendars', job.calendars);
      // Cron strings become calendars.
      return at('cron' in job ? 'cron' : 'every');
    case 'exclude':
      return within('exclude', job.exclude);
    case 'timezone':
      return at('timezone' in job ? 'timezone' : 'cron');
    default:
      return at(name as Part);
  }
}

function intervalsOf(job: JobFields): IntervalInput[] {
  if (typeof job.every === 'number') return [{ every: job.every, offset: job.offset ?? 0 }];
  return many(job.every).map((one) =>
    typeof one === 'number' ? { every: one } : { every: one.every, offset: one.offset ?? 0 },
  );
}

function namesZone(cron: string): boolean {
  return /^\s*(CRON_)?TZ=/.test(cron);
}

function many<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

function optional<K extends string, V>(name: K, value: V | undefined): { [name in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [name in K]: V });
}
