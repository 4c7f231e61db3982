import type { Idempotency } from '../../src';
import { assert } from '../helpers/assert';
import { env, need, until } from '../helpers/services';
import { logTexts } from '../integration/support/logs';
import { World } from '../integration/support/world';
import { Services } from './open';

const WEAK = /synchronous_commit=off/;

function withSetting(value: string): string {
  const url = new URL(env('DATABASE_URL'));
  url.searchParams.set('options', `-c synchronous_commit=${value}`);
  return url.href;
}

describe('[edge] settings of Postgres under which commits are lost', () => {
  const services = new Services();
  before(function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
  });
  after(() => services.close());

  async function warningsOf(connect: () => Promise<Idempotency>): Promise<Error[]> {
    const heard: Error[] = [];
    const listen = (warning: Error): void => void heard.push(warning);
    process.on('warning', listen);
    try {
      await connect();
      // Warnings are emitted in a later turn.
      await new Promise((resolve) => setImmediate(resolve));
      return heard.filter((warning) => (warning as { code?: string }).code === 'ONCE_WEAK_SETTING');
    } finally {
      process.off('warning', listen);
    }
  }

  it('the service warns by the process, with what is lost and what to do', async () => {
    const warnings = await warningsOf(() => services.connect({ postgres: withSetting('off') }));
    const ours = warnings.filter(({ message }) => WEAK.test(message));
    assert.equal(ours.length, 1);
    assert.match(ours[0]?.message ?? '', /run again.*Set synchronous_commit=on/);
    for (const fine of ['on', 'local']) {
      const none = await warningsOf(() => services.connect({ postgres: withSetting(fine) }));
      assert.deepEqual(
        none.filter(({ message }) => message.includes('synchronous_commit')),
        [],
      );
    }
  });

  it('the plugin warns in the worker’s log, once', async () => {
    const world = await World.open();
    try {
      const once = world.plugin({ postgres: withSetting('off') });
      const from = logTexts().length;
      const activities = { charge: (): Promise<string> => Promise.resolve('x') };
      await world.during({ activities, plugins: [once, once] }, async () =>
        until(() => logTexts(from).some((line) => WEAK.test(line))),
      );
      const warned = logTexts(from).filter((line) => WEAK.test(line));
      assert.equal(warned.length, 1);
      assert.match(warned[0] ?? '', /^WARN/);
    } finally {
      await world.close();
    }
  });
});
