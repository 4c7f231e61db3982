import { OnceError } from './errors';

/** Fewer activity types are protected than were asked for. */
export class CoverageTooLowError extends OnceError {
  readonly code = 'COVERAGE_TOO_LOW';

  constructor(
    /** 0 to 100. */
    readonly percentProtected: number,
    readonly wanted: number,
    /** How many types are known at all. */
    readonly types: number,
    /** Types that ran, or would run, without protection. */
    readonly unprotected: readonly string[],
  ) {
    super(
      types === 0
        ? `no activity type is known, so none is protected; wanted ${wanted} %. Let workers run for ten seconds, or look further back`
        : `${percentProtected} % of ${types} activity types are protected, wanted ${wanted} %. ` +
            `Give a policy to: ${unprotected.slice(0, 20).join(', ')}${unprotected.length > 20 ? ', …' : ''}`,
    );
  }
}
