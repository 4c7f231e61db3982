import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Pool } from 'pg';
import type { Idempotency } from '../../src';
import { assert } from '../helpers/assert';
import { need, openPool, randomName, startPgBouncer, type PrivateService } from '../helpers/services';
import { gate, newName, Services } from './open';

const WAITERS = 1_000;
const KEYS = 10_000;
const POOL = 4;
/** What the PgBouncer of these tests opens at most, whatever its clients ask for. */
const BOUNCER_POOL = 3;

for (const [name, through] of [
  ['straight to Postgres', false],
  ['through PgBouncer, transaction mode', true],
] as const) {
  describe(`[edge] many calls at once, ${name}`, function () {
    this.timeout(180_000);
    const services = new Services();
    let bouncer: PrivateService | undefined;
    before(async function () {
      need(this, 'DATABASE_URL', 'REDIS_URL', ...(through ? ['ONCE_PGBOUNCER_BIN'] : []));
      if (through) bouncer = await startPgBouncer();
      await services.connect();
    });
    after(async () => {
      await services.close();
      await bouncer?.stop();
    });

    async function withPools(
      count: number,
      body: (pools: readonly Pool[], names: Activity) => Promise<void>,
    ): Promise<void> {
      const application = randomName('width');
      const where = bouncer === undefined ? {} : { connectionString: bouncer.url };
      const pools = Array.from({ length: count }, () =>
        openPool({ ...where, max: POOL, application_name: application, connectionTimeoutMillis: 60_000 }),
      );
      const activity = new Activity(application);
      try {
        await body(pools, activity);
      } finally {
        await Promise.all(pools.map((pool) => pool.end()));
        await activity.end();
      }
    }
    const most = (processes: number): number => (through ? BOUNCER_POOL : processes * POOL);

    it(`${WAITERS} waiters on one key: one body, one answer, connections within the pools`, async () => {
      await withPools(2, async (pools, activity) => {
        const connect = { redis: undefined, maxWaiters: WAITERS };
        const both = await Promise.all(pools.map((postgres) => services.connect({ ...connect, postgres })));
        const held = gate();
        const key = newName();
        let bodies = 0;
        const calls = Array.from({ length: WAITERS }, (_, n) =>
          (both[n % 2] as Idempotency).run({ type: 'hot', key }, async () => {
            bodies++;
            await held.opened;
            return { bodies };
          }),
        );
        // While they wait they look now and then.
        await activity.looks(20);
        held.open();
        const answers = await activity.during(Promise.all(calls));
        assert.equal(bodies, 1);
        assert.deepEqual([...new Set(answers.map((one) => JSON.stringify(one)))], ['{"bodies":1}']);
        assert.ok(activity.most > 0 && activity.most <= most(2), `${activity.most} connections`);
        assert.equal(await activity.leftInTransaction(), 0);
        await Promise.all(both.map((one) => one.close()));
      });
    });

    it(`${KEYS} different keys at once: each runs once, connections within the pool, nothing is kept`, async () => {
      await withPools(1, async ([postgres], activity) => {
        const once = await services.connect({ redis: undefined, postgres: postgres as Pool });
        const type = newName('wide');
        const bodies = new Uint8Array(KEYS);
        const all = (): Promise<number[]> =>
          Promise.all(
            Array.from({ length: KEYS }, (_, n) =>
              once.run({ type, key: `${n}` }, () => {
                bodies[n] = (bodies[n] as number) + 1;
                return n;
              }),
            ),
          );
        const expected = Array.from({ length: KEYS }, (_, n) => n);
        assert.deepEqual(await activity.during(all()), expected);
        const before = heapBytes();
        assert.deepEqual(await activity.during(all()), expected, 'duplicates get the answers');
        const grownBy = heapBytes() - before;
        assert.ok(
          bodies.every((count) => count === 1),
          'each body ran once',
        );
        assert.ok(grownBy < KEYS * 256, `${grownBy} bytes are still held after ${KEYS} more calls`);
        assert.ok(activity.most > 0 && activity.most <= most(1), `${activity.most} connections`);
        assert.equal(await activity.leftInTransaction(), 0);
        await once.close();
      });
    });
  });
}

/** What Postgres itself says of the connections of one application. */
class Activity {
  most = 0;
  private readonly pool = openPool({ max: 1 });

  constructor(private readonly application: string) {}

  async looks(count: number): Promise<void> {
    for (let n = 0; n < count; n++) await this.look();
  }

  /** Looks again and again until the work is done. */
  async during<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const done = work.finally(() => (over = true));
    done.catch(() => undefined);
    while (!over) await this.look();
    return done;
  }

  async leftInTransaction(): Promise<number> {
    const { rows } = await this.pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_stat_activity
       WHERE application_name = $1 AND state LIKE 'idle in transaction%'`,
      [this.application],
    );
    return rows[0]?.count ?? NaN;
  }

  end(): Promise<void> {
    return this.pool.end();
  }

  private async look(): Promise<void> {
    const { rows } = await this.pool.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = $1',
      [this.application],
    );
    this.most = Math.max(this.most, rows[0]?.count ?? 0);
  }
}

/** In use after the collector has been. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
