import { Client as PgClient } from 'pg';
import { StoreUnavailableError } from '../../../src';
import { assert } from '../../helpers/assert';
import { until } from '../../helpers/services';
import type { Desk } from './desk';

const ORDER = { type: 'charge', key: 'order-42' };

/** Somebody who began a transaction and went for lunch. */
async function forgotten(desk: Desk, statement: string): Promise<void> {
  const client = new PgClient({ connectionString: desk.url, application_name: 'report' });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('BEGIN');
  await client.query(statement);
}

export async function runsUnprotected(desk: Desk): Promise<void> {
  const once = await desk.service({ onStoreUnavailable: 'proceed', storePatienceMs: 2_000 });
  await desk.wire.cut();
  let runs = 0;
  const body = (): string => `receipt ${++runs}`;
  const order = { ...ORDER, args: [{ order: 'order-42', tenant: 'acme' }] };
  assert.equal(await once.run(order, body), 'receipt 1');
  await desk.next();
  await desk.wire.mend();
  await once.close();
  await desk.next(4);
  const again = await desk.service();
  assert.deepEqual(await again.run(order, body), { receipt: 'ch_1' });
  assert.equal(runs, 1);
}

export async function failsClosed(desk: Desk): Promise<void> {
  const once = await desk.service({ storePatienceMs: 500 });
  await forgotten(desk, 'LOCK TABLE temporal_once.records');
  let runs = 0;
  const run = () => once.run(ORDER, () => ++runs);
  await assert.rejects(run(), StoreUnavailableError);
  await desk.next(3);
  await until(async () => (await run()) === 1, 20_000);
  assert.equal(runs, 1);
  await once.close();
  await desk.next();
}

export async function postgresSlow(desk: Desk): Promise<void> {
  const once = await desk.service({ storePatienceMs: 60_000 });
  await once.run(ORDER, () => 'an outcome');
  await once.clear(ORDER);
  await forgotten(desk, `UPDATE temporal_once.records SET runs = runs`);
  const running = once.run(ORDER, () => 'at last');
  await desk.next(3);
  assert.equal(await running, 'at last');
}

export async function completedUnrecorded(desk: Desk): Promise<void> {
  const once = await desk.service({ storePatienceMs: 3_000 });
  let runs = 0;
  const result = await once.run(ORDER, async () => {
    await desk.wire.cut();
    runs++;
    return { receipt: 'ch_1' };
  });
  assert.deepEqual(result, { receipt: 'ch_1' }, 'its own caller has it');
  await desk.wire.mend();
  await once.close();
  await desk.leaseOver('1/default/global/charge/order-42');
  await desk.next(4);
  const again = await desk.service();
  assert.deepEqual(await again.run(ORDER, () => ++runs), { receipt: 'ch_1' });
  assert.equal(runs, 1);
}
