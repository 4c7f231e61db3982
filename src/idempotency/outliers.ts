import type { AttemptOptions, RetryOptions } from './attempt-options';

/** One field of a retry policy that differs from what is usual. */
export interface OutlierField {
  readonly field: keyof RetryOptions;
  readonly value: number | readonly string[];
  readonly usual: number | readonly string[];
}

interface Judged {
  /** Types of one group are compared with each other. */
  readonly group: string;
  readonly retry: AttemptOptions | undefined;
}

const FIELDS = [
  'initialIntervalMs',
  'backoffCoefficient',
  'maximumIntervalMs',
  'maximumAttempts',
  'nonRetryableErrorTypes',
] as const satisfies readonly (keyof RetryOptions)[];
const LEAST_TYPES = 3;

/**
 * For each type the fields in which its retry policy differs from that of its group; none where it does not, or where
 * the group has no usual policy. A policy is usual when the group has at least three types that ran and more than half
 * of them have it: there is never a tie.
 */
export function outliersOf(types: readonly Judged[]): (readonly OutlierField[])[] {
  const usual = new Map<string, RetryOptions | undefined>();
  for (const { group } of types) {
    if (!usual.has(group)) usual.set(group, usualOf(types.filter((one) => one.group === group)));
  }
  return types.map(({ group, retry }) => {
    const common = usual.get(group);
    if (retry === undefined || common === undefined) return [];
    return FIELDS.filter((field) => text(retry[field]) !== text(common[field])).map((field) => ({
      field,
      value: retry[field],
      usual: common[field],
    }));
  });
}

/** The retry policy of a type is the one that most of its runs had; between equals, the first by its text. */
export function mostUsed(seen: readonly { readonly value: object; readonly runs: number }[]) {
  const sums = new Map<string, { runs: number; value: AttemptOptions; most: number }>();
  for (const { value, runs } of seen as readonly { value: AttemptOptions; runs: number }[]) {
    const name = retryText(value);
    const sum = sums.get(name) ?? { runs: 0, value, most: 0 };
    sum.runs += runs;
    if (runs > sum.most || (runs === sum.most && text(value) < text(sum.value))) {
      sum.value = value;
      sum.most = runs;
    }
    sums.set(name, sum);
  }
  const [first] = [...sums].sort(([a, one], [b, two]) => two.runs - one.runs || (a < b ? -1 : 1));
  return first?.[1].value;
}

function usualOf(types: readonly Judged[]): RetryOptions | undefined {
  const ran = types.flatMap(({ retry }) => (retry === undefined ? [] : [retry]));
  if (ran.length < LEAST_TYPES) return undefined;
  const texts = ran.map(retryText);
  const counts = new Map<string, number>();
  for (const one of texts) counts.set(one, (counts.get(one) ?? 0) + 1);
  return ran.find((_, at) => (counts.get(texts[at] as string) as number) > ran.length / 2);
}

function retryText(retry: RetryOptions): string {
  return text(FIELDS.map((field) => retry[field]));
}

function text(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    isPlainObject(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
