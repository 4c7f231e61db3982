import { OnceError } from '../../errors';

/** One thing that is wrong with a spec. */
export interface SpecProblem {
  /** Where, e.g. `cronExpressions[0]`, `calendars[1].hour`, `timezone`. */
  readonly field: string;
  /** Within a cron string: the first character that is wrong, counted from 1. */
  readonly column?: number;
  readonly problem: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** Collects all problems of a spec, so that nobody mends them one run at a time. */
export class Problems {
  readonly found: SpecProblem[] = [];

  constructor(
    readonly field = '',
    private readonly into?: Problems,
  ) {}

  add(problem: string, remedy: string, column?: number): void {
    this.push({ field: this.field, ...(column === undefined ? {} : { column }), problem, remedy });
  }

  /** The same collection, seen from a place within. */
  at(field: string): Problems {
    return new Problems(this.field === '' ? field : `${this.field}${field}`, this.into ?? this);
  }

  get count(): number {
    return (this.into ?? this).found.length;
  }

  private push(problem: SpecProblem): void {
    (this.into ?? this).found.push(problem);
  }
}

export function problemText({ field, column, problem, remedy }: SpecProblem): string {
  return `${field}${column === undefined ? '' : `, column ${column}`}: ${problem}. ${remedy}`;
}

/** A spec is not one that Temporal would keep, or never fires. Thrown before anything is written. */
export class SpecError extends OnceError {
  readonly code = 'INVALID_SPEC';

  constructor(
    /** All of them, never only the first; at least one. */
    readonly problems: readonly SpecProblem[],
  ) {
    super(problems.map(problemText).join('\n'));
  }
}
