import { Idempotency } from '../../src';
import { nowMs } from '../clock';
import type { Journal } from '../journal/journal';
import type { Operation } from '../load/operations';
import type { Random } from '../random';
import type { Surroundings } from '../services/surroundings';
import { ONCE_SCHEMA, REDIS_MAX_AGE_MS, REDIS_PREFIX } from '../settings';

/** A person with the means of one: clears keys, whatever their state, and sweeps. */
export class Operator {
  sweeps = 0;
  /** Records that they deleted. */
  swept = 0;

  private constructor(
    private readonly service: Idempotency,
    private readonly journal: Journal,
    private readonly random: Random,
  ) {}

  static async connect(surroundings: Surroundings, journal: Journal, random: Random): Promise<Operator> {
    const service = await Idempotency.connect({
      postgres: surroundings.undisturbedUrl,
      redis: surroundings.redisUrl,
      schema: ONCE_SCHEMA,
      prefix: REDIS_PREFIX,
      redisMaxAge: REDIS_MAX_AGE_MS,
    });
    return new Operator(service, journal, random);
  }

  /** Clears a few of the latest operations: some run, some have an outcome. */
  async clearSome(recent: readonly Operation[], draw: number): Promise<boolean> {
    const some = this.random.shuffled(recent).slice(0, 2 + Math.floor(draw * 5));
    let happened = false;
    for (const { type, id } of some) {
      const beganAt = nowMs();
      // A clear that fails may have been committed all the same.
      const cache = await this.service.clear({ type, key: id, scope: 'global' }).then(
        (result) => result.cache,
        () => 'unknown' as const,
      );
      this.journal.write({ is: 'clear', key: id, beganAt, cache });
      happened ||= cache !== 'unknown';
    }
    return happened;
  }

  /** A round of upkeep: deletes records at rest for a minute, tells Redis of clears it missed. */
  async sweep(): Promise<void> {
    try {
      this.swept += (await this.service.runUpkeep({ rest: '1m' })).swept;
      this.sweeps++;
    } catch {
      // Postgres is away: the next round does it.
    }
  }

  close(): Promise<void> {
    return this.service.close();
  }
}
