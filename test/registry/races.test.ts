import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { ScheduleConflictError } from '../../src';
import { assert } from '../helpers/assert';
import { TestProcess } from '../helpers/processes';
import { forEachScheduler } from '../helpers/schedulers';
import { need } from '../helpers/services';
import { seeded } from '../stores/subject';
import { Facility } from './support';

const PROCESSES = 4;
const CREATORS = 200;
/** Longer than any of these takes; half of it is what a creation has, also on a busy machine. */
const LEASE_MS = 60_000;

forEachScheduler('[integration] schedules created at once, and creators that die', function (scheduler) {
  this.timeout(180_000);
  let facility: Facility;
  beforeEach(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
    facility = await Facility.open(scheduler.address());
    await facility.plugin().idempotency();
  });
  afterEach(() => facility?.close());

  const start = (ids: readonly string[], more: Record<string, unknown> = {}): TestProcess =>
    TestProcess.start('schedule-creator', {
      ...{ address: scheduler.address(), schema: facility.schema, prefix: facility.prefix },
      ...{ tenant: facility.tenant, redis: false, ids, ensure: false, leaseMs: LEASE_MS },
      ...more,
    });

  async function race(children: readonly TestProcess[]): Promise<string[]> {
    await Promise.all(children.map((child) => child.next('ready', 60_000)));
    children.forEach((child) => child.say({ is: 'go' }));
    const said = await Promise.all(children.map((child) => child.next('answers', 120_000)));
    return said.flatMap(({ answers }) => answers as string[]);
  }

  /** Ids of this race that the server knows, whatever the registry says. */
  async function onServer(ids: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (const id of ids) if (await facility.exists(id)) found.push(id);
    return found;
  }

  for (const redis of [false, true]) {
    it(`${CREATORS} creators in ${PROCESSES} processes, ${redis ? 'with' : 'without'} Redis: one schedule, the others are told which (ONCE_SEED)`, async () => {
      const { seed, next } = seeded();
      console.log(`      seed ${seed}`);
      const ids = Array.from({ length: CREATORS }, (_, n) => `${facility.tenant}-${n}`);
      const shares: string[][] = Array.from({ length: PROCESSES }, () => []);
      for (const id of ids) shares[next(PROCESSES)]?.push(id);
      const answers = await race(shares.map((share) => start(share, { redis })));
      const [winner, ...more] = await onServer(ids);
      assert.deepEqual(more, []);
      assert.equal(answers.filter((answer) => answer === 'created').length, 1);
      assert.deepEqual(
        answers.filter((answer) => answer !== 'created' && answer !== `conflict ${winner}`),
        [],
      );
      assert.equal(answers.length, CREATORS);
      assert.deepEqual(await facility.liveIds(), [winner]);
    });
  }

  it('200 that ensure one id all get it; one of them has created it', async () => {
    const id = facility.id();
    const share = Array.from({ length: CREATORS / PROCESSES }, () => id);
    const answers = await race(Array.from({ length: PROCESSES }, () => start(share, { ensure: true })));
    assert.equal(answers.filter((answer) => answer === 'created').length, 1);
    assert.equal(answers.filter((answer) => answer === 'present').length, CREATORS - 1, answers.join());
    assert.deepEqual(await facility.liveIds(), [id]);
  });

  async function killed(
    dieAt: 'reserved' | 'created',
    id: string,
    more: Record<string, unknown> = {},
  ): Promise<void> {
    const child = start([id], { dieAt, ...more });
    await child.next('ready', 60_000);
    child.say({ is: 'go' });
    assert.equal((await child.exited).signal, 'SIGKILL');
    assert.deepEqual(await facility.liveIds(), [`${id} reserving`]);
    assert.equal(await facility.exists(id), dieAt === 'created');
  }
  const creating = (scheduleId: string, leaseMs = LEASE_MS) =>
    facility.client(facility.plugin({ leaseMs })).schedule.create(facility.options({ scheduleId }));

  it('killed between reservation and server: the same id goes on at once', async () => {
    const id = facility.id();
    await killed('reserved', id);
    const startedAt = performance.now();
    await creating(id);
    assert.ok(performance.now() - startedAt < LEASE_MS / 2, 'the lease is not waited for');
    assert.deepEqual(await facility.liveIds(), [id]);
  });

  it('killed between reservation and server: another id takes over once the lease is over, not before', async () => {
    const [dead, heir] = [facility.id(), facility.id()];
    const briefMs = 6_000;
    await killed('reserved', dead, { leaseMs: briefMs });
    const early = await creating(heir, briefMs).then(
      () => undefined,
      (error: unknown) => error,
    );
    // It waits for as long as a lease; so it is told, or has just inherited.
    if (early !== undefined) {
      assert.ok(early instanceof ScheduleConflictError);
      assert.equal(early.otherState, 'reserving');
      await sleep(1_000);
      await creating(heir, briefMs);
    }
    assert.deepEqual(await facility.liveIds(), [heir]);
    assert.equal(await facility.exists(dead), false);
  });

  it('killed between server and registry: the next creator adopts what is there, and is told of it', async () => {
    const [id, other] = [facility.id(), facility.id()];
    await killed('created', id);
    await assert.rejects(creating(other), (error) => {
      assert.ok(error instanceof ScheduleConflictError, String(error));
      assert.deepEqual([error.otherScheduleId, error.otherState], [id, 'live']);
      return true;
    });
    assert.deepEqual(await facility.liveIds(), [id]);
    assert.equal(await facility.exists(other), false);
  });

  it('killed between server and registry: ensure finds its own', async () => {
    const id = facility.id();
    await killed('created', id);
    const once = facility.plugin({ leaseMs: LEASE_MS });
    const ensured = await once.schedules(facility.bare).ensure(facility.options({ scheduleId: id }));
    assert.equal(ensured.did, 'present');
    assert.deepEqual(await facility.liveIds(), [id]);
  });

  describe('ensure, of a job of a plan', () => {
    const ensuring = async (id: string, more: Record<string, unknown> = {}): Promise<string> => {
      const child = start([id], { plan: true, ...more });
      await child.next('ready', 60_000);
      child.say({ is: 'go' });
      const { answers } = await child.next('answers', 60_000);
      return (answers as string[])[0] as string;
    };

    it('killed between reservation and server: the next process creates it at once', async () => {
      const id = facility.id();
      await killed('reserved', id, { plan: true });
      const startedAt = performance.now();
      assert.equal(await ensuring(id), 'created');
      assert.ok(performance.now() - startedAt < LEASE_MS / 2, 'the lease is not waited for');
      assert.deepEqual(await facility.liveIds(), [id]);
      assert.deepEqual(await onServer([id]), [id]);
    });

    it('killed between reservation and server: the job under another id inherits the key, and only then', async () => {
      const [dead, heir] = [facility.id(), facility.id()];
      const brief = { leaseMs: 3_000 };
      await killed('reserved', dead, { plan: true, ...brief });
      // It waits for as long as a lease; so it is told, or has just inherited.
      const first = await ensuring(heir, brief);
      if (first !== 'created') {
        assert.equal(first, `conflict ${dead}`);
        await sleep(1_000);
        assert.equal(await ensuring(heir, brief), 'created');
      }
      assert.deepEqual(await facility.liveIds(), [heir]);
      assert.deepEqual(await onServer([dead, heir]), [heir]);
    });

    it('killed between server and registry: the next process finds it, and it is live from then on', async () => {
      const [id, other] = [facility.id(), facility.id()];
      await killed('created', id, { plan: true });
      assert.equal(await ensuring(id), 'present');
      assert.deepEqual(await facility.liveIds(), [id]);
      assert.equal(await ensuring(other), `conflict ${id}`);
      assert.deepEqual(await onServer([id, other]), [id]);
    });
  });

  it('a creator that stood still while its key was taken over removes its own and is told', async () => {
    const [slow, quick] = [facility.id(), facility.id()];
    const once = facility.plugin({ leaseMs: 1_000 });
    const client = facility.client(once);
    // Its own creation arrives after all, over a connection that knows of no deadline.
    const late = await Connection.connect({ address: scheduler.address() });
    client.schedule.options.interceptors.push({
      create: async () => {
        await sleep(1_200);
        const other = new Client({ connection: late, plugins: [facility.plugin()] });
        await other.schedule.create(facility.options({ scheduleId: quick }));
        await new Client({ connection: late }).schedule.create(facility.options({ scheduleId: slow }));
        return { conflictToken: new Uint8Array() };
      },
    });
    await assert.rejects(
      client.schedule.create(facility.options({ scheduleId: slow })),
      ScheduleConflictError,
    );
    await late.close();
    assert.deepEqual(await facility.liveIds(), [quick]);
    assert.equal(await facility.exists(slow), false);
  });
});
