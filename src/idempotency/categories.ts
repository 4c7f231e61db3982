import { InvalidOptionError } from '../errors';
import { durationMs, type DurationInput } from './duration';

const HOUR_MS = 3_600_000;

/** How long an outcome answers duplicates, by category (guarantees.md, Defaults). */
const DEFAULT_RETENTION_MS = {
  default: HOUR_MS,
  critical: 4 * HOUR_MS,
  report: 24 * HOUR_MS,
  email: 2 * HOUR_MS,
  mutation: 6 * HOUR_MS,
  maintenance: 12 * HOUR_MS,
} as const;

export type StandardCategory = keyof typeof DEFAULT_RETENTION_MS;

export function standardRetentionMs(category: StandardCategory): number {
  return DEFAULT_RETENTION_MS[category];
}

/** How long a cached error answers, unless said otherwise: a storm stops at the record, a mend shows soon. */
const DEFAULT_ERROR_RETENTION_MS = 5 * 60_000;

/** Retention of a category's outcomes; in its long form also that of its cached errors. */
export type CategoryInput =
  DurationInput | { readonly ttl?: DurationInput | undefined; readonly errorTtl?: DurationInput | undefined };

/** Retentions by category name, frozen. */
export class Categories {
  private readonly retentions: ReadonlyMap<string, number>;
  private readonly errorRetentions: ReadonlyMap<string, number>;

  /** @throws InvalidOptionError naming `categories.<name>`. */
  constructor(own: Readonly<Record<string, CategoryInput>> = {}) {
    const retentions = new Map<string, number>(Object.entries(DEFAULT_RETENTION_MS));
    const errorRetentions = new Map<string, number>();
    for (const [name, value] of Object.entries(own)) {
      const option = `categories.${name}`;
      if (typeof value !== 'object') {
        retentions.set(name, durationMs(value, option));
        continue;
      }
      const { ttl, errorTtl } = value;
      // A category of one's own that speaks of errors only keeps results as long as any.
      retentions.set(
        name,
        ttl === undefined
          ? (retentions.get(name) ?? DEFAULT_RETENTION_MS.default)
          : durationMs(ttl, `${option}.ttl`),
      );
      if (errorTtl !== undefined) errorRetentions.set(name, durationMs(errorTtl, `${option}.errorTtl`));
    }
    this.retentions = retentions;
    this.errorRetentions = errorRetentions;
  }

  /** How long a cached error of that category answers. */
  errorRetentionMs(category: string): number {
    return this.errorRetentions.get(category) ?? DEFAULT_ERROR_RETENTION_MS;
  }

  /** @throws InvalidOptionError when there is no such category. */
  retentionMs(category: string): number {
    const retention = this.retentions.get(category);
    if (retention === undefined) {
      throw new InvalidOptionError(
        'category',
        `there is no category ${JSON.stringify(category)}`,
        `Known ones: ${[...this.retentions.keys()].join(', ')}. Add your own with \`categories: { name: '30m' }\``,
      );
    }
    return retention;
  }
}
