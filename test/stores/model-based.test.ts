import fc from 'fast-check';
import { MemoryStore } from '../../src/testing';
import { need, openRedis } from '../helpers/services';
import { everyCommand } from './model/commands';
import type { Real } from './model/history';
import { Reference } from './model/reference';
import { amongNeighbours } from './neighbours';
import { openPostgresSubject, openTieredSubject, type PostgresSubject, type TieredSubject } from './open';
import { newKey } from './subject';

type Under = Pick<Real, 'store' | 'pass' | 'flush'> & { readonly close: () => Promise<void> };

const nothing = (): Promise<void> => Promise.resolve();

function memory(): Promise<Under> {
  let now = 1_700_000_000_000;
  const store = new MemoryStore(() => now);
  const pass = (ms: number): Promise<void> => {
    now += ms;
    return nothing();
  };
  return Promise.resolve({ store, pass, flush: nothing, close: () => store.close() });
}

/** Time passes for the records, not for the test: whatever has an end has it so much sooner. */
function passing({ pool, schema }: PostgresSubject | TieredSubject): (ms: number) => Promise<void> {
  return async (ms) => {
    await pool.query(
      `UPDATE "${schema}".records SET ends_at = ends_at - $1::bigint * interval '1 millisecond'`,
      [ms],
    );
  };
}

async function postgres(this: Mocha.Context): Promise<Under> {
  need(this, 'DATABASE_URL');
  const subject = await openPostgresSubject({}, { others: 0 });
  return { ...subject, pass: passing(subject), flush: nothing };
}

async function postgresAmongNeighbours(this: Mocha.Context): Promise<Under> {
  const under = await postgres.call(this);
  return { ...under, store: amongNeighbours(under.store) };
}

async function tiered(this: Mocha.Context): Promise<Under> {
  need(this, 'DATABASE_URL', 'REDIS_URL');
  const subject = await openTieredSubject();
  const redis = openRedis();
  await redis.connect();
  const flush = async (): Promise<void> => void (await Promise.all(subject.store['fills']));
  const passForRecords = passing(subject);
  return {
    store: subject.store,
    flush,
    pass: async (ms) => {
      await flush();
      await passForRecords(ms);
      for (const name of await redis.keys(`${subject.prefix}:*`))
        await redis.pexpire(name, (await redis.pttl(name)) - ms);
    },
    close: async () => {
      redis.disconnect();
      await subject.close();
    },
  };
}

const subjects: readonly (readonly [
  name: string,
  runs: number,
  open: (this: Mocha.Context) => Promise<Under>,
])[] = [
  ['memory', 2_000, memory],
  ['postgres', 150, postgres],
  ['postgres, each call among neighbours of its batch', 80, postgresAmongNeighbours],
  ['redis in front of postgres', 100, tiered],
];

for (const [name, numRuns, open] of subjects) {
  describe(`[contract] ${name}: against a reference model`, () => {
    let under: Under;
    before(async function () {
      under = await open.call(this);
    });
    after(() => under?.close());

    it(`${numRuns} random histories of two keys are answered as the contract says (ONCE_SEED replays)`, async function () {
      this.timeout(120_000);
      const seed = Number(process.env['ONCE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
      console.log(`      seed ${seed}`);
      const histories = fc.asyncProperty(everyCommand(under.store.peek !== undefined), (commands) =>
        fc.asyncModelRun(() => {
          const { store, pass, flush } = under;
          const keys = [newKey(), newKey()];
          const real: Real = { store, pass, flush, keys, claims: [], offered: new Set() };
          return { model: new Reference(), real };
        }, commands),
      );
      await fc.assert(histories, { numRuns, seed });
    });
  });
}
