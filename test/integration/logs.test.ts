import { ApplicationFailure } from '@temporalio/common';
import { assert } from '../helpers/assert';
import { deriveKey, idempotent } from '../../src';
import { failureOf } from './support/failures';
import { logLines, logTexts } from './support/logs';
import { losesFirstReport } from './support/lost-report';
import { World } from './support/world';

const MARKER = 'private-marker-8c21';

describe('[integration] logs', () => {
  let world: World;
  before(async () => (world = await World.open()));
  after(() => world.close());

  it('say once, at start, which activities are protected, how, and which are not', async () => {
    const from = logLines().length;
    const nothing = async (): Promise<void> => undefined;
    const activities = {
      plain: nothing,
      excluded: nothing,
      charge: idempotent({ key: 'k', category: 'critical' }, nothing),
      report: idempotent({ scope: { tenant: 'acme' }, ttl: '12h' }, nothing),
      transfer: idempotent.transactional({ key: 'k' }, nothing),
    };
    const plugins = [world.plugin({ activities: { excluded: false } })];
    await world.during({ activities, plugins }, () => Promise.resolve());
    const said = logLines()
      .slice(from)
      .filter(({ message }) => message === 'temporal-once: activities of this worker');
    assert.equal(said.length, 1);
    const { protected: covered, unprotected, taskQueue } = said[0]?.meta ?? {};
    assert.deepEqual(covered, {
      charge: 'leased, global, own key, critical',
      plain: 'leased, execution, own attempts, default',
      report: 'leased, tenant, arguments, 12h',
      transfer: 'transactional, global, own key, default',
    });
    assert.deepEqual(unprotected, ['excluded']);
    assert.match(String(taskQueue), /^queue_/);
  });

  it('never show an argument or a result', async () => {
    const from = logLines().length;
    let fails = 0;
    const activities = {
      echo: async (value: { secret: string }) => ({ ...value, more: MARKER }),
      refuse: async (_value: object): Promise<never> => {
        throw ApplicationFailure.create({ message: 'no', nonRetryable: true, details: [MARKER] });
      },
      flaky: async (_value: object): Promise<string> => {
        if (++fails === 1) throw new Error('once');
        return MARKER;
      },
      huge: async (_value: object) => MARKER.repeat(200_000),
    };
    const plugins = [world.plugin({ maxResultBytes: 1_000 })];
    const interceptors = { activity: [losesFirstReport()] };
    await world.during({ activities, plugins, interceptors }, async (queue) => {
      const call = (name: string, secret: string, idempotency: object) =>
        world.execute('call', queue, [name, [{ secret }], { idempotency }]);
      await call('echo', MARKER, { key: 'e' });
      await failureOf(call('echo', `${MARKER} other`, { key: 'e' }));
      await call('echo', MARKER, { scope: 'global' });
      await failureOf(call('refuse', MARKER, { scope: 'global' }));
      await call('flaky', MARKER, { scope: 'workflow' });
      await failureOf(call('huge', MARKER, { key: 'h' }));
    });
    const shown = logTexts(from).filter((line) => line.includes(MARKER));
    assert.deepEqual(shown, []);
    assert.ok(
      logTexts(from).some((line) => line.includes('too big to keep')),
      'the warnings are there',
    );
    const { rows } = await world.pool.query<{ row: string }>(
      `SELECT key || ' ' || coalesce(fingerprint, '') || ' ' || owner_detail::text AS row FROM ${world.schema}.records`,
    );
    assert.ok(rows.length > 0);
    for (const { row } of rows) assert.ok(!row.includes(MARKER), row);
  });

  it('say that an outcome was unknown, with the key and the previous holder', async () => {
    const from = logLines().length;
    const work = idempotent({ key: 'vanished' }, async () => 'done');
    await world.pool.query(
      `INSERT INTO ${world.schema}.records (key, state, fence, nonce, runs, type, body_key, owner_execution, owner_start, owner_detail, claimed_at, ends_at)
       VALUES ($1, 1, nextval('${world.schema}.fences'), gen_random_uuid(), 1, 'work', $1, 'somebody', 0,
         '{"workflowId": "gone"}', clock_timestamp(), clock_timestamp() - interval '1 second')`,
      [deriveKey({ type: 'work', key: 'vanished' })],
    );
    await world.during({ activities: { work } }, async (queue) => {
      assert.equal(await world.execute('call', queue, ['work', []]), 'done');
    });
    const [warning] = logTexts(from).filter((line) => line.includes('unknown outcome'));
    assert.match(warning ?? '', /^WARN .*vanished.*previous_workflowId.*gone/);
  });
});
