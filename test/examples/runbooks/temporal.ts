import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, isGrpcServiceError } from '@temporalio/client';
import { OncePlugin } from '../../../src';
import { World } from '../../integration/support/world';
import { assert } from '../../helpers/assert';
import { env, until } from '../../helpers/services';
import type { Desk } from './desk';

async function withClient<T>(body: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: env('TEMPORAL_ADDRESS') });
  try {
    return await body(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

export async function upkeepStands(desk: Desk): Promise<void> {
  const once = await desk.service();
  await once.run({ type: 'charge', key: 'order-42' }, () => 'charged');
  await once.clear({ type: 'charge', key: 'order-42' });
  // The schedule acts at multiples of five minutes, and the page shows it before it has acted at all.
  const leftMs = 300_000 - (Date.now() % 300_000);
  if (leftMs < 20_000) await sleep(leftMs + 1_000);
  await withClient(async (client) => {
    await desk.next(2);
    const { scheduleId } = await once.upkeepStatus(client);
    const schedule = client.schedule.getHandle(scheduleId);
    try {
      await schedule.pause('somebody was looking for something');
      await desk.next(5);
      assert.equal((await schedule.describe()).state.paused, false);
    } finally {
      await schedule.delete();
    }
  });
}

export async function startOutcomesLost(desk: Desk): Promise<void> {
  const world = await World.open();
  const once = new OncePlugin({ postgres: desk.url });
  try {
    const client = world.clientWith(once);
    const workflowsPath = join(__dirname, 'workflows.js');
    const options = await world.during({ plugins: [], workflowsPath }, async (taskQueue) => {
      const given = { taskQueue, args: ['order-42'], idempotency: { key: 'order-42' } };
      const made = await once.startOptions('invoice', given);
      await client.workflow.start('invoice', made);
      // Awaited by nobody who would have it recorded.
      await world.client.workflow.getHandle(made.workflowId).result();
      return made;
    });
    await forgotten(world, options.workflowId);
    await desk.next(4);
    assert.deepEqual(await client.workflow.execute('invoice', options), { receipt: 'ch_1' });
  } finally {
    await once.close();
    await world.close();
  }
}

/** As at the end of the namespace's retention. */
async function forgotten({ client }: World, workflowId: string): Promise<void> {
  const { workflowService } = client;
  const workflowExecution = { workflowId };
  await workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
  await until(async () => {
    try {
      await workflowService.describeWorkflowExecution({ namespace: 'default', execution: workflowExecution });
      return false;
    } catch (error) {
      return isGrpcServiceError(error) && Number(error.code) === 5;
    }
  }, 60_000);
}
