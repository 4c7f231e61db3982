import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { charge } from '../../examples/doors/standalone';
import { assert } from '../helpers/assert';
import { eventNames } from '../integration/support/failures';
import { World } from '../integration/support/world';

const ROOT = join(__dirname, '../../..');
const workflows = (name: string) => require.resolve(`../../examples/doors/${name}`);

describe('[integration] the examples of three doors', () => {
  let world: World;
  before(async () => (world = await World.open()));
  after(() => world.close());

  it('standalone: two requests, one charge', async () => {
    const client = new Client({ connection: world.client.connection, plugins: [world.plugin()] });
    const order = { id: `order-${world.prefix}`, cents: 4200 };
    const activities = {
      charge: async ({ id }: { id: string }) => {
        await world.effects.add('charge');
        return `receipt-${id}`;
      },
    };
    await world.during({ activities }, async (queue) => {
      for (let request = 0; request < 2; request++)
        assert.equal(await charge(client, queue, order), `receipt-${order.id}`);
    });
    assert.equal(await world.effects.count('charge'), 1);
  });

  it('children: parents of one month, one invoice', async () => {
    const activities = {
      print: async (customer: string) => {
        await world.effects.add('print');
        return `invoice of ${customer}`;
      },
    };
    const customer = world.prefix;
    await world.during({ activities, workflowsPath: workflows('children') }, async (queue) => {
      const close = () => world.execute('closeMonth', queue, [customer, '2026-11']);
      const text = `invoice of ${customer} for 2026-11`;
      assert.deepEqual(await Promise.all([close(), close()]), [text, text]);
      const later = await world.execute('closeMonthLater', queue, [customer, '2026-11']);
      assert.deepEqual(later, [`global/invoice/${customer}:2026-11`, text]);
    });
    assert.equal(await world.effects.count('print'), 1);
  });

  it('pre-flight: the second one does not queue', async () => {
    const activities = { report: async (site: string, day: string) => `${site} on ${day}` };
    await world.during({ activities, workflowsPath: workflows('preflight') }, async (queue) => {
      for (const scheduled of [1, 0]) {
        const handle = await world.start('dailyReport', queue, ['site-7', '2026-11-24']);
        assert.equal(await handle.result(), 'site-7 on 2026-11-24');
        const events = await eventNames(handle);
        assert.equal(
          events.filter((name) => name === 'activityTaskScheduledEventAttributes').length,
          scheduled,
        );
      }
    });
  });

  it('are the code that the page shows', () => {
    const squeeze = (text: string) => text.replace(/\s+/g, ' ');
    const page = squeeze(readFileSync(join(ROOT, 'docs/doors.md'), 'utf8'));
    for (const [name, shown] of [
      ['standalone', /return client\.activity[\s\S]*?\}\);/],
      ['children', /return executeChild[\s\S]*?\}\);/],
      ['children', /const workflowId = [\s\S]*?\}\);/],
      ['preflight', /const \{ report \}[\s\S]*?\}\);/],
    ] as const) {
      const source = readFileSync(join(ROOT, `examples/doors/${name}.ts`), 'utf8');
      assert.ok(page.includes(squeeze(shown.exec(source)?.[0] ?? 'not found')), name);
    }
  });
});
