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

/** How long a cached error answers, unless said otherwise: a storm stops at the record, a mend shows soon. */
export const DEFAULT_ERROR_RETENTION_MS = 5 * 60_000;

/** Retentions by category name, frozen. */
export class Categories {
  private readonly retentions: ReadonlyMap<string, number>;

  /** @throws InvalidOptionError naming `categories.<name>`. */
  constructor(own: Readonly<Record<string, DurationInput>> = {}) {
    const retentions = new Map<string, number>(Object.entries(DEFAULT_RETENTION_MS));
    for (const [name, value] of Object.entries(own))
      retentions.set(name, durationMs(value, `categories.${name}`));
    this.retentions = retentions;
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
