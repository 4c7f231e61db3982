import type { HealthShown } from './page-context';

export type HealthFindingShown = HealthShown['findings'][number];

/** A finding of health on a day. */
export interface Mark {
  readonly finding: HealthFindingShown;
  /** Seconds since 1970. */
  readonly fromSeconds: number;
  readonly untilSeconds: number;
}

/** Findings of which something happened on the day that begins at `from`; those that are of no time are of now. */
export function marksOf({ findings, checkedAt }: HealthShown, from: number, daySeconds: number): Mark[] {
  return findings
    .map((finding) => ({
      finding,
      fromSeconds: secondsOf(finding.firstAt ?? checkedAt),
      untilSeconds: secondsOf(finding.lastAt ?? finding.firstAt ?? checkedAt),
    }))
    .filter(({ fromSeconds, untilSeconds }) => fromSeconds < from + daySeconds && untilSeconds >= from);
}

const secondsOf = (instant: string): number => Date.parse(instant) / 1_000;
