import type { Finding } from '../finding';
import { secondsText, instantText } from './wording';
import type { Horizon } from './meetings';

/** A finding whose instant is still a number, for sorting. */
export type Found = Omit<Finding, 'firstAt'> & { readonly first?: number | undefined };

export const horizonText = ({ from, until }: Horizon): string => secondsText(until - from);

const SEVERITIES = ['error', 'warning', 'information'] as const;

/** Worst first, then by rule in the order of the checks, by instant, by names: the same for the same plan. */
export function inOrder(found: readonly Found[]): Finding[] {
  const rules = [...new Set(found.map(({ rule }) => rule))];
  const compare = (a: Found, b: Found): number =>
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    rules.indexOf(a.rule) - rules.indexOf(b.rule) ||
    (a.first ?? Infinity) - (b.first ?? Infinity) ||
    0;
  return [...found]
    .sort((a, b) => compare(a, b) || byText(a, b))
    .map(({ first, ...rest }) => ({
      ...rest,
      ...(first === undefined ? {} : { firstAt: instantText(first) }),
    }));
}

function byText(a: Found, b: Found): number {
  const [x, y] = [a, b].map(({ jobs, proof }) => JSON.stringify([jobs, proof]));
  return (x as string) < (y as string) ? -1 : x === y ? 0 : 1;
}
