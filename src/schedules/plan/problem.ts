import { OnceError } from '../../errors';
import type { Place } from '../job';
import { pathText, type LineColumn, type Path, type Places, type Spot } from './places';

/** Stable names of what can be wrong with a plan. */
export type PlanRule =
  /** The file is missing, too big, or not text in UTF-8. */
  | 'unreadable'
  /** Not YAML, or YAML that a plan must not use: tabs, tags, several documents, aliases without end. */
  | 'syntax'
  | 'double-name'
  | 'unknown-field'
  | 'missing-field'
  /** A value of another kind or out of its range. */
  | 'value'
  /** The times of a job: what the spec engine refuses. */
  | 'times'
  /** A job or queue is named that the plan does not have. */
  | 'reference';

/** One thing that is wrong with a plan. Line and column count from 1 and are absent where there is no text. */
export interface PlanProblem extends Partial<Place> {
  readonly rule: PlanRule;
  /** What it is about, e.g. `jobs.autoclose.cron`; empty for the whole plan. */
  readonly path: string;
  readonly problem: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** `plan.yaml:12:9: jobs.autoclose.cron: what is wrong. What to do` */
export function planProblemText({ file, line, column, path, problem, remedy }: PlanProblem): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return [place, path, `${problem}. ${remedy}`].filter((part) => part !== '').join(': ');
}

/** A plan is not one. Thrown before anything is asked of a server or written. */
export class PlanError extends OnceError {
  readonly code = 'INVALID_PLAN';

  constructor(
    /** All of them, in the order of the file, never only the first; at least one. */
    readonly problems: readonly PlanProblem[],
  ) {
    super(problems.map(planProblemText).join('\n'));
  }
}

/** Collects the problems of one plan. */
export class PlanProblems {
  private readonly found: PlanProblem[] = [];
  private readonly said = new Set<string>();
  private readonly touched = new Set<string>();

  constructor(
    readonly file: string | undefined,
    readonly places: Places,
  ) {}

  get count(): number {
    return this.found.length;
  }

  add(rule: PlanRule, path: Path, problem: string, remedy: string, spot: Spot = {}): void {
    const one = { ...this.place(path, spot), rule, path: pathText(path), problem, remedy };
    // What stands in the defaults is read once for each job.
    const same = JSON.stringify([one.path, one.line, one.column, problem]);
    if (this.said.has(same)) return;
    this.said.add(same);
    this.found.push(one);
    for (let length = 0; length <= path.length; length++) this.touched.add(pathText(path.slice(0, length)));
  }

  /** A problem of the text, where no value may have been read yet. */
  addAt(place: LineColumn, problem: string, remedy: string, rule: PlanRule = 'syntax', path = ''): void {
    const { file } = this;
    this.found.push({ ...(file === undefined ? {} : { file }), ...place, rule, path, problem, remedy });
  }

  /** Whether something is wrong with a value or within it. */
  anyUnder(path: Path): boolean {
    return this.touched.has(pathText(path));
  }

  /** Where a value stands, with the file's name. */
  place(path: Path, spot: Spot = {}): Partial<Place> {
    return { ...(this.file === undefined ? {} : { file: this.file }), ...this.places.find(path, spot) };
  }

  inOrder(): readonly PlanProblem[] {
    return [...this.found].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  }
}

/** A value's place among the problems: what a reader of one value needs to say what is wrong with it. */
export class At {
  constructor(
    readonly problems: PlanProblems,
    readonly path: Path = [],
    private readonly spot: Spot = {},
  ) {}

  in(key: string | number): At {
    return new At(this.problems, [...this.path, key]);
  }

  refuse(problem: string, remedy: string, rule: PlanRule = 'value', spot = this.spot): undefined {
    this.problems.add(rule, this.path, problem, remedy, spot);
    return undefined;
  }

  /** The name of the field rather than its value. */
  get onName(): At {
    return new At(this.problems, this.path, { name: true });
  }

  get place(): Partial<Place> {
    return this.problems.place(this.path, this.spot);
  }
}
