import { fork } from 'node:child_process';
import { once as event } from 'node:events';
import { join } from 'node:path';
import { Client, type ClientOptions } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import {
  FingerprintMismatchError,
  OutcomeNotKeptError,
  StoreUnavailableError,
  WorkflowIdMismatchError,
  type OncePlugin,
  type OncePluginOptions,
  type OnceStartPolicy,
} from '../../src';
import { HEADER } from '../../src/interceptors/header';
import { assert } from '../helpers/assert';
import { seeded } from '../stores/subject';
import { BoundEncryption } from './support/encryption';
import type { RacerConfig } from './support/start-racer';
import { TcpProxy } from '../stores/tcp-proxy';
import { DATABASE_URL, randomId, World } from './support/world';

const OLD = 'an old secret of some length';
const NEW = 'a new secret of some length!';

describe('[integration] starts under hard conditions', function () {
  this.timeout(90_000);
  let world: World;
  let taskQueue: string;
  let end: () => Promise<void>;
  const open: OncePlugin[] = [];

  function caller(
    options: Partial<OncePluginOptions> = {},
    clientOptions: Omit<ClientOptions, 'connection'> = {},
  ): { once: OncePlugin; client: Client } {
    const once = world.plugin(options);
    open.push(once);
    return {
      once,
      client: new Client({ connection: world.client.connection, plugins: [once], ...clientOptions }),
    };
  }

  async function start(
    { once, client }: { once: OncePlugin; client: Client },
    args: unknown[],
    idempotency: OnceStartPolicy<unknown[]>,
    workflow = 'runOnce',
    queue = taskQueue,
  ) {
    return client.workflow.start(
      workflow,
      await once.startOptions(workflow, { taskQueue: queue, args, idempotency }),
    );
  }

  const exists = (workflowId: string): Promise<boolean> =>
    world.client.workflow
      .getHandle(workflowId)
      .describe()
      .then(
        () => true,
        () => false,
      );

  before(async () => {
    world = await World.open();
    ({ taskQueue, end } = await world.running({ plugins: [] }));
  });
  after(async () => {
    await end();
    for (const plugin of open) await plugin.close();
    await world.close();
  });

  it('others: several processes that start the same operations get the same runs', async () => {
    const { seed } = seeded();
    console.log(`    seed ${seed} (ONCE_SEED)`);
    const keys = Array.from({ length: 12 }, (_, n) => `${randomId('race')}-${n}`);
    const children = [1, 2, 3, 4].map((n) => {
      const config: RacerConfig = { schema: world.schema, taskQueue, keys, seed: seed + n };
      return fork(join(__dirname, 'support/start-racer.js'), [JSON.stringify(config)]);
    });
    await Promise.all(children.map((child) => event(child, 'message')));
    const answers = children.map((child) => event(child, 'message'));
    for (const child of children) child.send('go');
    const all = (await Promise.all(answers)).map(([answer]) => answer as Record<string, { runId: string }>);
    for (const key of keys) {
      assert.equal(new Set(all.map((answer) => JSON.stringify(answer[key]))).size, 1, key);
      const { runId } = await world.client.workflow.getHandle(`global/runOnce/${key}`).describe();
      assert.equal(all[0]?.[key]?.runId, runId);
    }
  });

  describe('ids', () => {
    it('of keys with odd characters are taken by the server as they are, each another one', async () => {
      const salt = randomId('odd');
      const who = caller();
      const keys: unknown[] = [
        `${salt}/b`,
        `${salt}%2Fb`,
        `${salt}\n\0`,
        `😀${salt} é`,
        `\ud800${salt}`,
        `@${salt}`,
        `=${salt}`,
        `#${salt}`,
        `~${salt}`,
        [salt, null, 0],
        { [salt]: undefined },
      ];
      const ids = new Set<string>();
      for (const key of keys) {
        const first = await start(who, [1], { key });
        const again = await start(who, [1], { key });
        assert.equal(again.firstExecutionRunId, first.firstExecutionRunId);
        assert.equal((await first.describe()).workflowId, first.workflowId);
        ids.add(first.workflowId);
      }
      assert.equal(ids.size, keys.length);
    });

    it('may have 1,000 bytes, as the server counts them; longer ones are refused before it is asked', async () => {
      const bare = (workflowId: string) =>
        world.client.workflow.start('runOnce', { taskQueue, workflowId, args: [] });
      const salt = randomId('id');
      const wide = (bytes: number): string => salt + '注'.repeat(Math.floor((bytes - salt.length) / 3));
      const fill = (text: string, bytes: number): string =>
        text + 'x'.repeat(bytes - Buffer.byteLength(text));
      await bare(fill(wide(1_000), 1_000));
      await assert.rejects(bare(fill(wide(1_000), 1_001)), 'bytes count, not characters');

      const who = caller();
      const key = fill(wide(985), 1_000 - 'global/runOnce/'.length);
      assert.equal((await start(who, [1], { key })).workflowId, `global/runOnce/${key}`);
      const longer = { code: 'INVALID_KEY', part: 'key' };
      await assert.rejects(start(who, [1], { key: `${key}x` }), longer);
      await assert.rejects(who.once.workflowId({ type: 'runOnce', key: `${key}x` }), longer);
      const hashed = await start(who, [1], { key: `${key}x`, hashKeys: true });
      assert.match(hashed.workflowId, /^global\/runOnce\/~[\w-]{43}$/);
    });
  });

  describe('windows', () => {
    it('are those of the store, however wrong the clock of the caller is', async () => {
      const { once } = caller();
      const { rows } = await world.pool.query<{ day: string }>(
        `SELECT to_char(clock_timestamp() AT TIME ZONE 'Europe/Berlin', 'YYYY-MM-DD') AS day`,
      );
      await once.idempotency();
      const window = { per: 'day', timezone: 'Europe/Berlin' } as const;
      const RealDate = Date;
      class Wrong extends RealDate {
        constructor(...given: [] | [number]) {
          super(given.length === 0 ? RealDate.now() + 3 * 86_400_000 : given[0]);
        }
        static override now(): number {
          return RealDate.now() + 3 * 86_400_000;
        }
      }
      globalThis.Date = Wrong as DateConstructor;
      try {
        const id = await once.workflowId({ type: 'order', key: 'o-1', window });
        assert.equal(id, `global/order/@${rows[0]?.day}@o-1`);
      } finally {
        globalThis.Date = RealDate;
      }
    });

    it('once a window; derived options keep theirs, an id of another window is refused', async () => {
      const who = caller();
      const key = randomId('report');
      const at = (instant: string) =>
        ({ per: 'hour', timezone: 'Europe/Berlin', at: new Date(instant) }) as const;
      const summer = await start(who, [1], { key, window: at('2025-10-26T00:10:00Z') });
      const again = await start(who, [1], { key, window: at('2025-10-26T00:50:00Z') });
      const winter = await start(who, [2], { key, window: at('2025-10-26T01:10:00Z') });
      assert.equal(again.firstExecutionRunId, summer.firstExecutionRunId);
      assert.equal(summer.workflowId, `global/runOnce/@2025-10-26T02+02:00@${key}`);
      assert.equal(winter.workflowId, `global/runOnce/@2025-10-26T02+01:00@${key}`);
      await assert.rejects(
        who.client.workflow.start('runOnce', {
          taskQueue,
          args: [1],
          workflowId: summer.workflowId,
          idempotency: { key, window: at('2025-10-26T01:10:00Z') },
        }),
        WorkflowIdMismatchError,
      );
      const occurrence = await start(who, [1], { key, window: { occurrence: 'night 7' } });
      assert.equal(occurrence.workflowId, `global/runOnce/@at:night 7@${key}`);
    });
  });

  describe('converters', () => {
    it('arguments are compared as the converter delivers them', async () => {
      const who = caller();
      const key = randomId('order');
      const first = await start(who, [{ at: new Date(0), note: undefined }], { key });
      const same = await start(who, [{ at: '1970-01-01T00:00:00.000Z' }], { key });
      assert.equal(same.firstExecutionRunId, first.firstExecutionRunId);
    });

    it('with a codec that encrypts: results and refusals are the same, and the header has digests only', async () => {
      const dataConverter = { payloadCodecs: [new BoundEncryption()] };
      await world.during({ plugins: [], dataConverter }, async (queue) => {
        const who = caller({}, { dataConverter });
        const key = randomId('secret');
        const first = await start(who, [{ card: '4242-4242' }], { key }, 'runOnce', queue);
        const result: unknown = await first.result();
        const again = await start(who, [{ card: '4242-4242' }], { key }, 'runOnce', queue);
        assert.equal(await again.result(), result);
        await assert.rejects(
          start(who, [{ card: '1111' }], { key }, 'runOnce', queue),
          FingerprintMismatchError,
        );
        const { events } = await first.fetchHistory();
        const started = events?.[0]?.workflowExecutionStartedEventAttributes;
        const header = started?.header?.fields?.[HEADER];
        assert.ok(header !== undefined);
        const read = defaultPayloadConverter.fromPayload<{ v: number; start: Record<string, string> }>(
          header,
        );
        assert.deepEqual(Object.keys(read).sort(), ['start', 'v']);
        assert.deepEqual(Object.keys(read.start).sort(), ['fingerprint', 'nonce']);
        assert.match(read.start['fingerprint'] ?? '', /^[\w-]{43}$/);
        assert.doesNotMatch(JSON.stringify(started), /4242/);
      });
    });
  });

  describe('while a secret changes', () => {
    const forms = (...secrets: string[]): Partial<OncePluginOptions> => ({
      keyForms: secrets.map((secret) => ({ version: 1, secret })),
    });

    it('what was started under the other form is found, and its id is given', async () => {
      const before = caller(forms(OLD));
      const during = caller(forms(NEW, OLD));
      const after = caller(forms(NEW));
      const args = [randomId('keyless')];
      const first = await start(before, args, {});
      const found = await start(during, args, {});
      assert.equal(found.workflowId, first.workflowId);
      assert.equal(found.firstExecutionRunId, first.firstExecutionRunId);
      const workflowId = await after.once.workflowId({ type: 'runOnce', args });
      assert.notEqual(workflowId, first.workflowId);
      await assert.rejects(
        during.client.workflow.start('runOnce', { taskQueue, args, workflowId, idempotency: {} }),
        (error: unknown) => {
          assert.ok(error instanceof WorkflowIdMismatchError, String(error));
          assert.deepEqual([error.given, error.derived], [workflowId, first.workflowId]);
          return true;
        },
      );
      assert.equal(await exists(workflowId), false);
    });

    it('a readable key has one id; its arguments are compared in both forms', async () => {
      const key = randomId('order');
      const first = await start(caller(forms(OLD)), [1], { key });
      const during = caller(forms(NEW, OLD));
      assert.equal((await start(during, [1], { key })).firstExecutionRunId, first.firstExecutionRunId);
      await assert.rejects(start(during, [2], { key }), FingerprintMismatchError);
    });

    it('the store away after it was reached: fails before the start, or proceeds without the lock of both forms', async () => {
      const url = new URL(DATABASE_URL);
      const wire = await TcpProxy.to(url.hostname, Number(url.port));
      url.port = String(wire.port);
      const away = {
        ...forms(NEW, OLD),
        postgres: url.href,
        storePatienceMs: 1_000,
      };
      const callers = [caller(away), caller({ ...away, onStoreUnavailable: 'proceed' })] as const;
      const [failing, proceeding] = await Promise.all(
        callers.map(async ({ once }) =>
          once.startOptions('runOnce', { taskQueue, args: [randomId('keyless')], idempotency: {} }),
        ),
      );
      assert.ok(failing !== undefined && proceeding !== undefined);
      await wire.cut();
      try {
        await assert.rejects(callers[0].client.workflow.start('runOnce', failing), StoreUnavailableError);
        assert.equal(await exists(failing.workflowId), false);
        const first = await callers[1].client.workflow.start('runOnce', proceeding);
        const again = await callers[1].client.workflow.start('runOnce', proceeding);
        assert.equal(again.firstExecutionRunId, first.firstExecutionRunId);
      } finally {
        await wire.mend();
        for (const { once } of callers) await once.close();
        await wire.cut();
      }
    });

    it('callers on both sides of the change race: one run an operation', async () => {
      const sides = [caller(forms(OLD, NEW)), caller(forms(NEW, OLD))];
      for (let n = 0; n < 8; n++) {
        const args = [randomId('raced')];
        const runs = await Promise.all(
          [0, 1, 0, 1].map(async (side) => {
            const who = sides[side] as (typeof sides)[number];
            try {
              return await start(who, args, {});
            } catch (error) {
              // Somebody started it under the other id in between: asked again, that one is given.
              assert.ok(error instanceof WorkflowIdMismatchError, String(error));
              return start(who, args, {});
            }
          }),
        );
        assert.equal(new Set(runs.map((run) => run.firstExecutionRunId)).size, 1);
      }
    });
  });

  describe('the record', () => {
    async function forgotten(workflowId: string): Promise<void> {
      const { workflowService } = world.client;
      await workflowService.deleteWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId },
      });
      while (await exists(workflowId)) await new Promise((resolve) => setTimeout(resolve, 50));
    }

    it('answers when the server has forgotten the run, and nothing is started', async () => {
      const who = caller();
      const key = randomId('kept');
      const first = await start(who, [1], { key });
      const result: unknown = await first.result();
      await start(who, [1], { key });
      await forgotten(first.workflowId);
      const late = await start(who, [1], { key });
      assert.equal(late.firstExecutionRunId, first.firstExecutionRunId);
      assert.equal(await late.result(), result);
      await assert.rejects(start(who, [2], { key }), FingerprintMismatchError);
      assert.equal(await exists(first.workflowId), false);
    });

    it('does not start again what the server has forgotten before anybody read its end', async () => {
      const who = caller();
      const key = randomId('lost');
      const first = await start(who, [1], { key }, 'gated');
      await world.client.workflow.getHandle(first.workflowId).signal('go', 'end');
      await world.client.workflow.getHandle(first.workflowId).result();
      await forgotten(first.workflowId);
      await assert.rejects(start(who, [1], { key }, 'gated'), OutcomeNotKeptError);
      assert.equal(await exists(first.workflowId), false);
    });

    it('out of reach: fails before the start, or proceeds with the uniqueness of the server alone', async () => {
      const away = { postgres: 'postgres://postgres@127.0.0.1:1/none', storePatienceMs: 0 };
      const failing = caller(away);
      const key = randomId('away');
      await assert.rejects(start(failing, [1], { key }), StoreUnavailableError);
      assert.equal(await exists(`global/runOnce/${key}`), false);
      const window = { per: 'day' } as const;
      await assert.rejects(failing.once.workflowId({ type: 'order', key, window }), StoreUnavailableError);

      const warned: string[] = [];
      const hear = (warning: Error): void => void warned.push(warning.message);
      process.on('warning', hear);
      const proceeding = caller({ ...away, onStoreUnavailable: 'proceed' });
      const first = await start(proceeding, [1], { key });
      const again = await start(proceeding, [1], { key });
      await assert.rejects(start(proceeding, [2], { key }), FingerprintMismatchError);
      process.off('warning', hear);
      assert.equal(again.firstExecutionRunId, first.firstExecutionRunId);
      assert.ok(
        warned.some((line) => /uniqueness of the server alone/.test(line)),
        warned.join('\n'),
      );
    });

    it('counts first starts, duplicates and refusals', async () => {
      const who = caller();
      const key = randomId('counted');
      await start(who, [1], { key });
      await start(who, [1], { key });
      await assert.rejects(start(who, [2], { key }));
      const service = await who.once.idempotency();
      const { counts } = await service.stats();
      const paths = new Set(
        counts
          .filter(({ type, door }) => type === 'workflow:runOnce' && door === 'start')
          .map(({ path }) => path),
      );
      for (const path of ['first', 'mismatch']) assert.ok(paths.has(path), path);
    });
  });
});
