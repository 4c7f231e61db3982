import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Idempotency } from '../../src';
import { assert } from '../helpers/assert';
import type { TestProcess } from '../helpers/processes';
import { env, need, randomName, until } from '../helpers/services';
import { newKey, seeded } from '../stores/subject';
import { answersIn, begin, callersInto, end } from './crew';
import { judged } from './judged';
import { ReplicatedPostgres, type Replication } from './replicated-postgres';

const ENOUGH = 120;
/** Longer than a silent connection is waited for: who held a claim when the silence began has it when it is over. */
const LEASE_MS = 45_000;

describe('[faults] a replica is promoted while the primary lives (G1, G2, G3)', function () {
  this.timeout(300_000);
  let pair: ReplicatedPostgres | undefined;
  let once: Idempotency | undefined;
  let folder: string;
  let callers: TestProcess[];
  before(function () {
    need(this, 'REDIS_URL', 'ONCE_POSTGRES_BIN_DIR');
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'once-failover-'));
    callers = [];
  });
  afterEach(async () => {
    await Promise.all(callers.map((caller) => caller.kill()));
    // What the old primary has in hand would be waited for.
    pair?.endSilence();
    await once?.close();
    await pair?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Two processes call all the time; `change` makes the replica the primary. */
  async function crewThrough(replication: Replication, change: (at: ReplicatedPostgres) => Promise<void>) {
    const { seed, next } = seeded();
    console.log(`      seed ${seed}`);
    const at = await ReplicatedPostgres.open(replication);
    pair = at;
    const schema = randomName('once_test');
    const service = {
      ...{ postgres: at.url, redis: env('REDIS_URL'), schema, prefix: randomName('once-test') },
      leaseMs: LEASE_MS,
    };
    once = await Idempotency.connect({ ...service, migrate: true, storePatienceMs: 60_000 });
    callers = callersInto(folder, 2, seed, service);
    await begin(callers);
    const more = async (): Promise<void> => {
      const before = answersIn(folder);
      await until(() => answersIn(folder) >= before + ENOUGH, 120_000);
    };
    await more();
    await sleep(next(500));
    const startedAt = performance.now();
    await change(at);
    await once.run({ type: 'recovery', key: newKey() }, () => 'taken');
    console.log(`      claims taken again after ${Math.round(performance.now() - startedAt)} ms`);
    await more();
    const finish = async () => {
      await end(callers, 'done');
      return judged(at, once as Idempotency, { folder, schema });
    };
    return { at, seed, more, finish };
  }

  it('a planned switch-over loses nothing, of an asynchronous replica either, and needs no new generation', async () => {
    const { seed, finish } = await crewThrough({ synchronous: false }, async (at) => {
      await at.stopPrimary();
      await at.promote();
      at.moveAddress();
    });
    const { lines, lost, broken } = await finish();
    assert.deepEqual([lost, broken], [[], []], `seed ${seed}`);
    const repeated = lines.filter((line) => line.is === 'began' && line.attempt > 1);
    assert.deepEqual(repeated, [], 'nobody lost a claim by it');
  });

  it('a silent primary is given up; what it says when it is back changes nothing', async () => {
    const { at, seed, more, finish } = await crewThrough({ synchronous: true }, async (pair) => {
      pair.silencePrimary();
      await pair.promote();
      pair.moveAddressForNewcomers();
    });
    at.endSilence();
    await more();
    const { lost, broken } = await finish();
    assert.deepEqual([lost, broken], [[], []], `seed ${seed}`);
    const [{ waiting }] = (await at.ask(
      'primary',
      `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE wait_event = 'SyncRep'`,
    )) as [{ waiting: number }];
    assert.ok(waiting > 0, 'the old primary had taken commits that it could tell nobody of');
  });
});
