import { setTimeout as sleep } from 'node:timers/promises';
import {
  Client,
  Connection,
  isGrpcServiceError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  type WorkflowHandle,
} from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { OncePlugin, OutcomeNotKeptError } from '../../src';
import { assert } from '../helpers/assert';
import { TestProcess } from '../helpers/processes';
import { until } from '../helpers/services';
import { BoundEncryption } from './support/encryption';
import { keyOf, startOnce, workflowIdOf, type Asked } from './support/start-by-hand';
import { randomId, TEMPORAL_ADDRESS, World } from './support/world';

describe('[integration] the record of workflow starts', function () {
  this.timeout(180_000);
  const dataConverter = { payloadCodecs: [new BoundEncryption()] };
  let world: World;
  let once: OncePlugin;
  let connection: Connection;
  let client: Client;
  beforeEach(async () => {
    world = await World.open({ dataConverter });
    once = world.plugin();
    connection = await Connection.connect({ address: TEMPORAL_ADDRESS });
    client = new Client({ connection, plugins: [once], dataConverter });
  });
  afterEach(async () => {
    await once.close();
    await connection.close();
    await world.close();
  });

  const during = <T>(body: (taskQueue: string) => Promise<T>): Promise<T> =>
    world.during({ plugins: [], dataConverter }, body);
  const asked = (taskQueue: string, type: string, ...args: unknown[]): Asked => ({
    type,
    key: randomId('order'),
    args,
    taskQueue,
  });
  const operation = ({ type, key }: Asked) => ({ type: `workflow:${type}`, key });
  const start = (what: Asked) => startOnce(client, once, what);
  /** The result that is recorded under the key, as whoever looks it up sees it. */
  const recorded = async (what: Asked): Promise<unknown> => {
    const service = await world.service({ dataConverter: client.options.loadedDataConverter });
    try {
      const found = await service.lookup(operation(what));
      return found === undefined ? 'nothing' : found.kept ? found.result : 'not kept';
    } finally {
      await service.close();
    }
  };
  const state = async (what: Asked): Promise<number | undefined> =>
    (
      await world.pool.query<{ state: number }>(`SELECT state FROM ${world.schema}.starts WHERE key = $1`, [
        keyOf(what),
      ])
    ).rows[0]?.state;
  /** Makes the server forget runs, as the end of the namespace's retention does. It takes its time. */
  async function forget(...runs: (Asked | { workflowId: string; runId: string })[]): Promise<void> {
    const { workflowService } = world.client;
    const describe = (execution: { workflowId: string; runId?: string }) =>
      workflowService.describeWorkflowExecution({ namespace: 'default', execution });
    await Promise.all(
      runs.map(async (run) => {
        const workflowId = 'key' in run ? workflowIdOf(run) : run.workflowId;
        const { workflowExecutionInfo: info } = await describe('key' in run ? { workflowId } : run);
        const workflowExecution = { workflowId, runId: info?.execution?.runId as string };
        await workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
        await until(async () => {
          try {
            await describe(workflowExecution);
          } catch (error) {
            if (isGrpcServiceError(error) && Number(error.code) === 5) return true;
            throw error;
          }
          await sleep(200);
          return false;
        }, 60_000);
      }),
    );
  }
  const upkeep = async () => {
    const service = await once.idempotency();
    return service.runUpkeep({ client: world.client });
  };

  it('what a client awaits is recorded before it sees it, as ciphertext, and answers once the server has forgotten', async () => {
    await during(async (queue) => {
      const results = [{ secret: 'plaintext-marker', at: [1] }, 0, '', false, null, undefined];
      const all: { what: Asked; handle: WorkflowHandle; result: unknown }[] = [];
      for (const result of results) {
        const what =
          result === undefined ? asked(queue, 'endsWithNothing') : asked(queue, 'endsWith', result);
        const handle = await start(what);
        assert.equal(await state(what), 1);
        assert.deepEqual(await handle.result(), result);
        assert.equal(await state(what), 2, 'recorded before the caller has it');
        assert.deepEqual(await recorded(what), result);
        all.push({ what, handle, result });
      }
      await forget(...all.map(({ what }) => what));
      for (const { what, handle, result } of all) {
        const bare = world.client.workflow.getHandle(workflowIdOf(what));
        await assert.rejects(bare.result(), WorkflowNotFoundError);
        assert.deepEqual(await handle.result(), result);
        assert.deepEqual(await (await start(what)).result(), result);
        assert.deepEqual(await client.workflow.getHandle(workflowIdOf(what)).result(), result);
      }
      const { rows } = await world.pool.query<{ row: string; payload: Buffer }>(
        `SELECT r::text AS row, payload FROM ${world.schema}.records r`,
      );
      assert.equal(rows.length, 6);
      for (const { row, payload } of rows) {
        assert.ok(!row.includes('plaintext-marker') && !payload.includes('plaintext-marker'));
        assert.ok(payload.includes('binary/encrypted'));
      }
    });
  });

  it('upkeep records what no client awaits, and leaves what goes on', async () => {
    await during(async (queue) => {
      const [done, failed, going, gone] = [
        asked(queue, 'endsWith', 'done'),
        asked(queue, 'alwaysFails'),
        asked(queue, 'endsWith'),
        asked(queue, 'endsWith', 'gone'),
      ];
      for (const what of [done, failed, going, gone]) await start(what);
      // By a client without the plugin.
      await world.client.workflow.getHandle(workflowIdOf(done)).result();
      await assert.rejects(
        world.client.workflow.getHandle(workflowIdOf(failed)).result(),
        WorkflowFailedError,
      );
      await forget(gone);
      const report = await upkeep();
      assert.deepEqual([report.startOutcomes, report.startsLost], [1, 1]);
      assert.deepEqual(await Promise.all([done, failed, going, gone].map(state)), [2, 3, 1, 4]);
      assert.equal(await recorded(done), 'done');
      assert.equal(await recorded(failed), 'nothing');
      const next = await upkeep();
      assert.deepEqual(
        [next.startOutcomes, next.startsLost],
        [0, 0],
        'what goes on is not asked for at once',
      );
      await forget(done);
      assert.equal(await (await start(done)).result(), 'done');
      await assert.rejects(start(gone), (error) => {
        assert.ok(error instanceof OutcomeNotKeptError);
        assert.deepEqual(
          [error.key, error.workflowId, error.reason],
          [keyOf(gone), workflowIdOf(gone), 'lost'],
        );
        assert.match(error.message, /`record` its result, or clear the key/);
        return true;
      });
      const retried = await start(failed);
      await assert.rejects(retried.result(), WorkflowFailedError);
      const handle = await start(going);
      await handle.signal('finish', 'at last');
      assert.equal(await handle.result(), 'at last');
      await (await once.idempotency()).engine.counters.flush();
      const counted = await world.counted();
      assert.deepEqual([counted['start_outcomes_recorded'], counted['start_outcomes_lost']], [2, 1]);
    });
  });

  it('a run that the server has forgotten, and whose end nobody read: OutcomeNotKept to whoever awaits it, then a clear', async () => {
    await during(async (queue) => {
      const service = await world.service({ dataConverter: client.options.loadedDataConverter });
      const what = asked(queue, 'endsWith', 'unseen');
      const handle = await start(what);
      await world.client.workflow.getHandle(workflowIdOf(what)).result();
      await forget(what);
      await assert.rejects(handle.result(), (error) => {
        assert.ok(error instanceof OutcomeNotKeptError, String(error));
        assert.equal(error.code, 'OUTCOME_NOT_KEPT');
        assert.deepEqual([error.key, error.reason], [keyOf(what), 'lost']);
        return true;
      });
      await assert.rejects(start(what), OutcomeNotKeptError);
      // Somebody found out: from then on it answers, decoded where the workflow's own result would be.
      await service.record(operation(what), { found: 'out' });
      assert.deepEqual(await handle.result(), { found: 'out' });
      assert.deepEqual(await (await start(what)).result(), { found: 'out' });
      await service.clear(operation(what));
      await assert.rejects(handle.result(), WorkflowNotFoundError, 'cleared: nothing is known of it');
      assert.equal(await (await start(what)).result(), 'unseen');
      assert.equal(await recorded(what), 'unseen');
      await service.close();
    });
  });

  it('a failed run closes the start; the next one is clean, and its outcome is the one that is kept', async () => {
    await during(async (queue) => {
      const what = asked(queue, 'alwaysFails');
      const first = await start(what);
      await assert.rejects(first.result(), WorkflowFailedError);
      assert.equal(await state(what), 3);
      const second = await start(what);
      const runs = [first, second].map(({ workflowId }) => workflowId);
      assert.equal(runs[0], runs[1]);
      assert.equal(await state(what), 1);
      await assert.rejects(second.result(), WorkflowFailedError);
      await forget(what);
      await assert.rejects(second.result(), (error) => {
        assert.ok(error instanceof OutcomeNotKeptError);
        assert.equal(error.reason, 'ended');
        return true;
      });
    });
  });

  it('a chain of runs is followed to its end: by who awaits it, by upkeep, and past links the server has forgotten', async () => {
    await during(async (queue) => {
      const awaited = asked(queue, 'endsAfter', 3, 'awaited');
      assert.equal(await (await start(awaited)).result(), 'awaited');
      assert.equal(await recorded(awaited), 'awaited');
      const read = asked(queue, 'endsAfter', 3, 'read');
      await start(read);
      await world.client.workflow.getHandle(workflowIdOf(read)).result();
      assert.equal((await upkeep()).startOutcomes, 1);
      assert.equal(await recorded(read), 'read');

      const stepping = asked(queue, 'stepsOn', 1);
      const handle = await start(stepping);
      const workflowId = workflowIdOf(stepping);
      const { runId } = await world.client.workflow.getHandle(workflowId).describe();
      await world.client.workflow.getHandle(workflowId).signal('finish');
      const latest = async () => (await world.client.workflow.getHandle(workflowId).describe()).runId;
      await until(async () => (await latest()) !== runId);
      await forget({ workflowId, runId });
      const waiting = handle.result();
      await sleep(200);
      assert.equal(await state(stepping), 1);
      await world.client.workflow.getHandle(workflowId).signal('finish');
      assert.equal(await waiting, 'stepped');
      assert.equal(await recorded(stepping), 'stepped');
    });
  });

  it('a run that is reset goes on under its key: by who awaits it, and by upkeep', async () => {
    await during(async (queue) => {
      for (const awaits of [true, false]) {
        const what = asked(queue, 'endsWith');
        const handle = await start(what);
        const workflowId = workflowIdOf(what);
        const bare = world.client.workflow.getHandle(workflowId);
        const { runId } = await bare.describe();
        const firstTask = async () =>
          (await bare.fetchHistory()).events?.find((e) => e.workflowTaskCompletedEventAttributes)?.eventId;
        await until(async () => (await firstTask()) != null);
        const workflowTaskFinishEventId = await firstTask();
        await world.client.workflowService.resetWorkflowExecution({
          namespace: 'default',
          workflowExecution: { workflowId, runId },
          workflowTaskFinishEventId: workflowTaskFinishEventId ?? null,
          requestId: randomId('reset'),
          reason: 'test',
        });
        if (awaits) await assert.rejects(handle.result(), WorkflowFailedError);
        else assert.equal((await upkeep()).startOutcomes, 0);
        assert.equal(await state(what), 1);
        await bare.signal('finish', 'reset');
        if (awaits) assert.equal(await client.workflow.getHandle(workflowId).result(), 'reset');
        else assert.equal(await bare.result(), 'reset');
        await world.pool.query(`UPDATE ${world.schema}.starts SET look_at = now() WHERE state = 1`);
        await upkeep();
        assert.equal(await recorded(what), 'reset');
      }
    });
  });

  it('a clear while it runs: its end is no outcome any more; while the server has it, its own uniqueness answers', async () => {
    await during(async (queue) => {
      const what = asked(queue, 'endsWith');
      const handle = await start(what);
      assert.equal((await (await once.idempotency()).clear(operation(what))).previous, 'running');
      await handle.signal('finish', 'late');
      assert.equal(await handle.result(), 'late');
      assert.equal(await recorded(what), 'nothing');
      assert.equal(await (await start(what)).result(), 'late', 'the server still knows it');
      assert.equal(await recorded(what), 'late', 'and the new start records it');
    });
  });

  it('a process killed between the server and the record: the next start heals it, and nothing runs twice', async () => {
    await during(async (queue) => {
      for (const args of [['healed'], []]) {
        const what = asked(queue, 'endsWith', ...args);
        const { schema, prefix } = world;
        const child = TestProcess.start('starter', { ...what, schema, prefix, address: TEMPORAL_ADDRESS });
        const { runId } = await child.next('started');
        await child.kill();
        assert.equal(await state(what), undefined, 'the record was not told');
        const handle = await start(what);
        assert.equal(await state(what), 1);
        if (args.length === 0) await handle.signal('finish', 'healed');
        assert.equal(await handle.result(), 'healed');
        assert.equal((await client.workflow.getHandle(workflowIdOf(what)).describe()).runId, runId);
        assert.equal(await recorded(what), 'healed');
      }
    });
  });

  it('a result too big to keep is recorded without it', async () => {
    const small = world.plugin({ maxResultBytes: 100 });
    const mine = new Client({ connection, plugins: [small], dataConverter });
    try {
      await during(async (queue) => {
        const what = asked(queue, 'endsWith', 'x'.repeat(200));
        const handle = await startOnce(mine, small, what);
        assert.equal(await handle.result(), 'x'.repeat(200));
        assert.equal(await recorded(what), 'not kept');
        await forget(what);
        await assert.rejects(handle.result(), (error) => {
          assert.ok(error instanceof OutcomeNotKeptError);
          assert.equal(error.reason, 'no-result');
          return true;
        });
      });
    } finally {
      await small.close();
    }
  });

  it('while Postgres is away a result is given all the same, and what the server has forgotten is not called unknown', async () => {
    const away = new OncePlugin({ postgres: 'postgres://127.0.0.1:1/none', storePatienceMs: 200 });
    const mine = new Client({ connection, plugins: [away], dataConverter });
    await during(async (queue) => {
      const what = asked(queue, 'endsWith', 'there');
      await start(what);
      const handle = mine.workflow.getHandle(workflowIdOf(what));
      assert.equal(await handle.result(), 'there');
      assert.equal(await state(what), 1);
      await forget(what);
      await assert.rejects(handle.result(), { code: 'STORE_UNAVAILABLE' });
    });
    await away.close();
  });

  it('upkeep that is killed with SIGKILL goes on where it was, and records each outcome once', async () => {
    await during(async (queue) => {
      const all = Array.from({ length: 60 }, (_, n) => asked(queue, 'endsWith', n));
      for (const what of all) await start(what);
      await Promise.all(all.map((what) => world.client.workflow.getHandle(workflowIdOf(what)).result()));
      const done = async (): Promise<number> =>
        Number(
          (await world.pool.query<{ n: string }>(`SELECT count(*) AS n FROM ${world.schema}.records`)).rows[0]
            ?.n,
        );
      const { schema, prefix } = world;
      const child = TestProcess.start('start-reader', { schema, prefix, address: TEMPORAL_ADDRESS });
      assert.deepEqual(await child.exited, { code: null, signal: 'SIGKILL' });
      const before = await done();
      assert.ok(before >= 8 && before < all.length, `${before} were done`);
      // What it had in hand is put off for a minute, the others are due.
      const first = await upkeep();
      await world.pool.query(`UPDATE ${schema}.starts SET look_at = now() WHERE state = 1`);
      const second = await upkeep();
      assert.equal(before + first.startOutcomes + second.startOutcomes, all.length);
      assert.ok(second.startOutcomes <= 8);
      assert.deepEqual(new Set(await Promise.all(all.map(state))), new Set([2]));
    });
  });

  it('by a Schedule beside a worker, which sees its own namespace alone', async () => {
    const keeper = world.plugin({ upkeep: true });
    const schedule = await keeper.installUpkeep(world.client, { every: '7d' });
    try {
      await world.during({ plugins: [keeper], dataConverter }, async (queue) => {
        const what = asked(queue, 'endsWith', 'scheduled');
        await startOnce(client, once, what);
        await world.pool.query(
          `INSERT INTO ${world.schema}.starts SELECT key || '-elsewhere', state, 'elsewhere', workflow_id, run_id, last_run_id,
             type, fingerprint, retention_ms, started_at, look_at, ends_at FROM ${world.schema}.starts`,
        );
        await world.client.workflow.getHandle(workflowIdOf(what)).result();
        const handle = world.client.schedule.getHandle(schedule.scheduleId);
        await handle.trigger();
        await until(async () => (await state(what)) === 2, 30_000);
        const { rows } = await world.pool.query<{ state: number }>(
          `SELECT state FROM ${world.schema}.starts WHERE namespace = 'elsewhere'`,
        );
        assert.deepEqual(rows, [{ state: 1 }]);
        const [ended] = await endedRounds(schedule.scheduleId);
        assert.deepEqual(ended, {
          swept: 0,
          trimmed: 0,
          replayed: 0,
          pending: 0,
          startOutcomes: 1,
          startsLost: 0,
          schedulesRead: 0,
        });
      });
    } finally {
      await world.client.schedule.getHandle(schedule.scheduleId).delete();
      await keeper.close();
    }
  });

  /** Results of the rounds that a schedule has begun. */
  async function endedRounds(scheduleId: string): Promise<unknown[]> {
    let workflowIds: string[] = [];
    await until(async () => {
      const { recentActions } = (await world.client.schedule.getHandle(scheduleId).describe()).info;
      workflowIds = recentActions.map(({ action }) => action.workflow.workflowId);
      return workflowIds.length > 0;
    }, 20_000);
    // The upkeep has the default converter.
    const plain = new Client({ connection });
    return Promise.all(workflowIds.map((id) => plain.workflow.getHandle(id).result()));
  }

  it('what nobody started under a key passes through, also from a native connection; both can be closed', async () => {
    const native = await NativeConnection.connect({ address: TEMPORAL_ADDRESS });
    const mine = new Client({ connection: native, plugins: [once], dataConverter });
    await during(async (queue) => {
      const plain = await mine.workflow.start('endsWith', {
        taskQueue: queue,
        workflowId: randomId('plain'),
        args: ['plain'],
      });
      assert.equal(await plain.result(), 'plain');
      // Looks like ours, and is not.
      const alike = await mine.workflow.start('endsWith', {
        taskQueue: queue,
        workflowId: `global/endsWith/${randomId('alike')}`,
        args: ['alike'],
      });
      assert.equal(await alike.result(), 'alike');
      const nobody = mine.workflow.getHandle(`global/endsWith/${randomId('nobody')}`);
      await assert.rejects(nobody.result(), WorkflowNotFoundError);
      const ours = asked(queue, 'endsWith', 'native');
      const handle = await startOnce(mine, once, ours);
      assert.equal(await handle.result(), 'native');
      const lost = asked(queue, 'endsWith', 'native');
      const forgotten = await startOnce(mine, once, lost);
      await world.client.workflow.getHandle(workflowIdOf(lost)).result();
      await forget(ours, lost);
      assert.equal(await handle.result(), 'native');
      await assert.rejects(forgotten.result(), OutcomeNotKeptError);
    });
    await mine.connection.close();
    await assert.rejects(native.workflowService.getSystemInfo({}));
  });

  it('a namespace that the server does not know is no run that it has forgotten', async () => {
    const elsewhere = new Client({ connection, plugins: [once], dataConverter, namespace: 'nowhere' });
    await during(async (queue) => {
      const what = asked(queue, 'endsWith', 'x');
      await start(what);
      await world.pool.query(`UPDATE ${world.schema}.starts SET namespace = 'nowhere'`);
      await assert.rejects(elsewhere.workflow.getHandle(workflowIdOf(what)).result(), /[Nn]amespace/);
      assert.equal(await state(what), 1);
    });
  });
});
