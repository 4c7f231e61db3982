import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { join } from 'node:path';
import { assert } from '../helpers/assert';
import { bundle, plainBundle } from './support/bundle';
import { logTexts } from './support/logs';
import { losesFirstReport } from './support/lost-report';
import { World } from './support/world';

const MISSING = /prebuilt workflow bundle was made without the plugin/;

describe('[integration] workflow bundles', () => {
  let world: World;
  before(async () => (world = await World.open()));
  after(() => world.close());

  const activities = {
    charge: async (order: { id: string }): Promise<string> => {
      await world.effects.add('charge', order.id);
      return order.id;
    },
  };
  const charge = (queue: string, id: string) => world.execute('chargeOrder', queue, [{ id }]);

  it('prebuilt with the plugin: works, no warning', async () => {
    const from = logTexts().length;
    await world.during({ activities, workflowBundle: await bundle() }, async (queue) => {
      assert.deepEqual([await charge(queue, 'b1'), await charge(queue, 'b1')], ['b1', 'b1']);
    });
    assert.deepEqual(await world.effects.notes('charge'), ['b1']);
    assert.ok(!logTexts(from).some((line) => MISSING.test(line)));
  });

  it('prebuilt without the plugin: a warning at start, and activities are still protected by default', async () => {
    const from = logTexts().length;
    const given = {
      activities,
      workflowBundle: await plainBundle(),
      interceptors: { activity: [losesFirstReport()] },
    };
    await world.during(given, async (queue) => {
      assert.equal(await charge(queue, 'b2'), 'b2');
    });
    assert.deepEqual(
      (await world.effects.notes('charge')).filter((id) => id === 'b2'),
      ['b2'],
      'the second attempt was answered from the record',
    );
    const warnings = logTexts(from).filter((line) => MISSING.test(line));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /^WARN/);
  });

  it('made by the worker itself: works', async () => {
    const workflowsPath = join(__dirname, 'workflows', 'index.js');
    await world.during({ activities, workflowsPath }, async (queue) => {
      assert.deepEqual([await charge(queue, 'b3'), await charge(queue, 'b3')], ['b3', 'b3']);
    });
    assert.equal((await world.effects.notes('charge')).filter((id) => id === 'b3').length, 1);
  });

  it('the plugin given twice puts its interceptor in once', async () => {
    const plugin = world.plugin();
    const options = {
      workflowsPath: join(__dirname, 'workflows', 'index.js'),
      logger: new DefaultLogger('ERROR'),
    };
    const { code } = await bundleWorkflowCode({ ...options, plugins: [plugin, plugin] });
    const once = (await bundle()).code;
    assert.equal(code.split('workflow-module').length, once.split('workflow-module').length);
  });
});
