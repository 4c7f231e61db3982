import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogEntry } from '@temporalio/worker';
import { deriveKey, idempotent } from '../../src';
import { reasonOf } from '../../src/idempotency/log-reason';
import { LOG_EVENTS, type LogEvent } from '../../src/log-events';
import { StoreUnavailableError } from '../../src/store-errors';
import { saysCircuit } from '../../src/circuit-log';
import { assert } from '../helpers/assert';
import { env, need, startRedis, until } from '../helpers/services';
import { leaveVanished } from '../helpers/vanished';
import { TcpProxy } from '../stores/tcp-proxy';
import { failureOf } from './support/failures';
import { logLines } from './support/logs';
import { World } from './support/world';

const MARKER = 'private-marker-2d77';

describe('[integration] log events', function () {
  this.timeout(90_000);
  let world: World;
  let from = 0;
  before(async () => (world = await World.open()));
  beforeEach(() => (from = logLines().length));
  after(() => world.close());

  const said = (event: LogEvent): LogEntry[] =>
    logLines()
      .slice(from)
      .filter(({ meta }) => meta?.['onceEvent'] === event);

  /** One line of that event, at its level, with what the SDK says of the activity. */
  function saidOfActivity(event: LogEvent, activityType: string): Record<string, unknown> {
    const [line, ...more] = said(event);
    assert.ok(line, `${event} was said`);
    assert.deepEqual(more, [], event);
    const [level, message] = LOG_EVENTS[event];
    assert.equal(line.level, level.toUpperCase());
    assert.equal(line.message, message);
    const meta = line.meta as Record<string, unknown>;
    assert.equal(meta['activityType'], activityType);
    for (const name of ['workflowId', 'workflowRunId', 'activityId', 'taskQueue', 'namespace', 'attempt'])
      assert.ok(meta[name] !== undefined, `${event} has ${name}`);
    assert.ok(!JSON.stringify(meta, stringified).includes(MARKER), event);
    return meta;
  }

  it('of vanished holders: what is done about each, at the level that goes with it', async () => {
    const work = async (): Promise<string> => MARKER;
    const activities = {
      again: work,
      decide: idempotent({ onUnknownOutcome: 'fail' }, work),
      ask: idempotent({ onUnknownOutcome: () => ({ result: MARKER }) }, work),
      commit: idempotent.transactional({}, work),
    };
    const types = Object.keys(activities);
    await world.during({ activities }, async (queue) => {
      for (const type of types) {
        const key = deriveKey({ type, key: 'gone' });
        await leaveVanished(world.pool, world.schema, { key, type, detail: { workflowId: 'gone' } });
        const answer = world.execute('call', queue, [type, [MARKER], { idempotency: { key: 'gone' } }]);
        await (type === 'decide' ? failureOf(answer) : answer);
      }
    });
    const expected = {
      unknown_outcome_rerun: 'again',
      unknown_outcome_failed: 'decide',
      unknown_outcome_reconciled: 'ask',
      unknown_outcome_not_in_doubt: 'commit',
    } as const;
    for (const [event, type] of Object.entries(expected)) {
      const meta = saidOfActivity(event as LogEvent, type);
      assert.equal(meta['key'], deriveKey({ type, key: 'gone' }));
      assert.equal(meta['reason'], 'lease-expired');
      assert.equal(meta['previous_workflowId'], 'gone');
      assert.match(String(meta['fence']), /^\d+$/);
    }
  });

  it('of a result that is not kept; an answered duplicate says nothing', async () => {
    const activities = { huge: async (): Promise<string> => MARKER.repeat(1_000), plain: async () => MARKER };
    await world.during({ activities, plugins: [world.plugin({ maxResultBytes: 500 })] }, async (queue) => {
      await world.execute('call', queue, ['huge', [], { idempotency: { key: 'h' } }]);
      for (let n = 0; n < 2; n++)
        await world.execute('call', queue, ['plain', [], { idempotency: { key: 'p' } }]);
    });
    const meta = saidOfActivity('result_too_big', 'huge');
    assert.equal(meta['maxResultBytes'], 500);
    const ofPlain = logLines()
      .slice(from)
      .filter((line) => line.meta?.['activityType'] === 'plain' && line.level !== 'DEBUG');
    assert.deepEqual(ofPlain, []);
  });

  it('of Postgres away: what ran unprotected, what completed and is not recorded', async () => {
    const url = new URL(env('DATABASE_URL'));
    const proxy = await TcpProxy.to(url.hostname, Number(url.port || 5432));
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    const activities = { cuts: async () => proxy.cut(), runs: async () => 'ran' };
    const plugin = world.plugin({
      postgres: url.href,
      storePatienceMs: 300,
      leaseMs: 1_000,
      onStoreUnavailable: 'proceed',
    });
    await world.during({ activities, plugins: [plugin] }, async (queue) => {
      await world.execute('call', queue, ['cuts', [], { idempotency: { key: 'c' } }]);
      await world.execute('call', queue, ['runs', [], { idempotency: { key: 'r' } }]);
      await proxy.mend();
    });
    await proxy.cut();
    assert.match(
      String(saidOfActivity('completed_unrecorded', 'cuts')['reason']),
      /^Postgres could not be asked/,
    );
    assert.match(String(saidOfActivity('unprotected', 'runs')['reason']), /^Postgres could not be asked/);
  });

  it('of Redis away and back, once', async function () {
    need(this, 'ONCE_REDIS_SERVER_BIN');
    const redis = await startRedis();
    const plugin = world.plugin({ redis: redis.url, redisTimeoutMs: 80 });
    try {
      await world.during({ activities: { nothing: async () => undefined }, plugins: [plugin] }, async () => {
        const service = await plugin.idempotency();
        const ask = (): Promise<unknown> => service.run({ type: 'asked', key: 'k' }, () => 1);
        await ask();
        await ask();
        redis.signal('SIGSTOP');
        for (let n = 0; n < 5; n++) await ask();
        redis.signal('SIGCONT');
        await until(async () => {
          await ask();
          return said('redis_back').length > 0;
        }, 20_000);
      });
    } finally {
      redis.signal('SIGCONT');
      await redis.stop();
    }
    assert.deepEqual(
      [...said('redis_away'), ...said('redis_back')].map(({ level }) => level),
      ['WARN', 'INFO'],
    );
  });

  it('a Redis that comes and goes is told of once a minute', () => {
    const heard: string[] = [];
    const say = (message: string): void => void heard.push(message);
    const circuit = saysCircuit({ debug: say, info: say, warn: say, error: say });
    for (let n = 0; n < 50; n++) {
      circuit(true);
      circuit(false);
    }
    assert.deepEqual(heard, [LOG_EVENTS.redis_away[1], LOG_EVENTS.redis_back[1]]);
  });
});

describe('[contract] log events', () => {
  it('each stands in docs/operations.md with its level', () => {
    const page = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'operations.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `(\w+)` +\| (debug|info|warn|error) +\|/gm)];
    assert.deepEqual(
      rows.map(([, event, level]) => [event, level]),
      Object.entries(LOG_EVENTS).map(([event, [level]]) => [event, level]),
    );
  });

  it('the text of an error is told only where it is known to quote nothing', () => {
    assert.equal(reasonOf(new Error(MARKER)), 'Error');
    assert.equal(reasonOf(Object.assign(new TypeError(MARKER), { code: 'E_X' })), 'TypeError (E_X)');
    assert.equal(reasonOf(MARKER), 'string');
    assert.match(reasonOf(new StoreUnavailableError('claim', new Error('refused'))), /refused/);
  });
});

function stringified(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
