import { Idempotency, StaleClaimError } from '../../src';
import { assert } from '../helpers/assert';
import { Commands } from '../helpers/command';
import { env, need, randomName, until } from '../helpers/services';
import { gate, type Gate } from '../service/open';
import { ReplicatedPostgres } from './replicated-postgres';

/** More than the numbers a sequence writes to its log ahead of those it gives (32): the new primary gives some a second time. */
const LOST = 80;
const KEPT = 10;
const TYPE = 'charge';

interface Answered {
  readonly key: string;
  readonly value: string;
  readonly fence: bigint;
}

describe('[faults] the primary is killed and a replica promoted that lacked commits (G1, G2, G3)', function () {
  this.timeout(180_000);
  let pair: ReplicatedPostgres;
  let once: Idempotency;
  let service: { postgres: string; redis: string; schema: string; prefix: string };
  const commands = new Commands();
  /** Made by the test: the suites before it open what gates there are when they end. */
  let finish: Gate | undefined;
  before(async function () {
    need(this, 'REDIS_URL', 'ONCE_POSTGRES_BIN_DIR', 'ONCE_TEMPORAL_BIN');
    pair = await ReplicatedPostgres.open({ synchronous: false });
    service = {
      ...{ postgres: pair.url, redis: env('REDIS_URL') },
      ...{ schema: randomName('once_test'), prefix: randomName('once-test') },
    };
    once = await Idempotency.connect({
      ...{ ...service, migrate: true, leaseMs: 60_000, storePatienceMs: 60_000 },
      redisTimeoutMs: 5_000,
    });
  });
  after(async () => {
    finish?.open();
    await once?.close();
    await pair?.close();
    commands.close();
  });

  /** First runs, in order. */
  async function run(name: string, count: number): Promise<Answered[]> {
    const answered: Answered[] = [];
    for (let n = 0; n < count; n++) answered.push(await answer(`${name}-${n}`));
    return answered;
  }

  /** The answer of the operation, with the fence of its body: 0 where none ran now. */
  async function answer(key: string): Promise<Answered> {
    let own = 0n;
    const value = await once.run({ type: TYPE, key }, ({ fence }) => {
      own = fence;
      return `${key} under ${fence}`;
    });
    return { key, value, fence: own };
  }

  const peek = (key: string) =>
    once.engine.store.peek?.(once.key({ type: TYPE, key })) ?? Promise.resolve(undefined);
  const greatest = (fences: readonly bigint[]): bigint => fences.reduce((a, b) => (a > b ? a : b));

  it('the losses are counted; once the generation is raised nobody is told of them, fences grow on, old holders are stale', async () => {
    const kept = await run('kept', KEPT);
    await pair.caughtUp();
    await pair.stream.cut();
    const lost = await run('lost', LOST);
    const [held, end] = [gate(), gate()];
    finish = end;
    let heldFence = 0n;
    const holder = once.run({ type: TYPE, key: 'held' }, async ({ fence }) => {
      heldFence = fence;
      held.open();
      await end.opened;
      return 'of the old holder';
    });
    const ended = holder.then(
      (value) => value,
      (error: unknown) => error,
    );
    await held.opened;
    await until(async () => (await Promise.all(lost.map(({ key }) => peek(key)))).every(Boolean), 60_000);
    const given = [...kept, ...lost].map(({ fence }) => fence).concat(heldFence);
    const last = greatest(given);

    const killedAt = performance.now();
    await pair.killPrimary();
    await pair.promote();
    pair.moveAddress();
    await until(async () => (await once.lookup({ type: TYPE, key: 'kept-0' })) !== undefined, 60_000);
    console.log(`      answered again ${Math.round(performance.now() - killedAt)} ms after the kill`);

    // What was answered and is not there any more.
    const found = await Promise.all(
      [...kept, ...lost].map(async ({ key }) => ({ key, view: await once.lookup({ type: TYPE, key }) })),
    );
    const missing = found.filter(({ view }) => view === undefined).map(({ key }) => key);
    assert.deepEqual(
      missing,
      lost.map(({ key }) => key),
    );
    console.log(`      ${missing.length} of ${found.length} answered outcomes are lost, and a claim`);
    const [sequence] = await pair.ask('replica', `SELECT last_value FROM "${service.schema}".fences`);
    assert.ok(BigInt(sequence?.['last_value'] as string) < last, 'fences would be given a second time');
    assert.ok(await peek('lost-0'), 'Redis goes on telling what is lost');

    const raised = await commands.temporal(
      [
        'once',
        'generation',
        'raise',
        '--yes',
        '--postgres',
        service.postgres,
        '--redis',
        service.redis,
      ].concat(['--schema', service.schema, '--prefix', service.prefix]),
    );
    assert.equal(raised.code, 0, raised.err);
    await until(async () => (await peek('lost-0')) === undefined, 30_000);
    for (const { key } of lost) assert.equal(await peek(key), undefined, key);

    // Others come for what the old holder has in hand.
    const heir = await answer('held');
    end.open();
    assert.ok((await ended) instanceof StaleClaimError, String(await ended));
    assert.equal((await answer('held')).value, heir.value);
    const again: Answered[] = [];
    for (const { key } of lost) again.push(await answer(key));
    for (const { key, fence } of [heir, ...again]) assert.ok(fence > last, `${key}: ${fence}, after ${last}`);
    for (const { key, value } of kept) {
      const now = await answer(key);
      assert.deepEqual([now.value, now.fence], [value, 0n], 'what was replicated is replayed');
    }
  });
});
