import { join } from 'node:path';
import { assert } from '../helpers/assert';
import { Installed, PEERS, run } from './support';

const HEAD = `
import {
  defineSignal,
  executeChild,
  getExternalWorkflowHandle,
  proxyActivities,
  proxyLocalActivities,
  startChild,
} from '@temporalio/workflow';
import type { WorkflowHandle, WorkflowClient } from '@temporalio/client';
import {
  activityOptionsFor,
  childWorkflowId,
  defineActivityOptions,
  rememberMessages,
  signalOnce,
  taskKeys,
} from 'temporal-once/workflow';
import type { OncePlugin } from 'temporal-once';
declare const handle: WorkflowHandle;
declare const workflow: WorkflowClient;
declare const once: OncePlugin;
interface Order { readonly id: string }
interface Activities { charge(order: Order): Promise<string> }
`;

const WORKFLOW = `${HEAD}
export async function flow(order: Order): Promise<string> {
  const { charge } = proxyActivities<Activities>({
    startToCloseTimeout: '1m',
    idempotency: { scope: 'global', key: (o: Order) => o.id, category: 'critical', whenRunning: 'wait', onUnknownOutcome: 'fail' },
  });
  const local = proxyLocalActivities<Activities>({ startToCloseTimeout: '1m', idempotency: { scope: { tenant: 'a' } } });
  rememberMessages({ keys: 100, carryBytes: 5000, expectKeys: true });
  await signalOnce(getExternalWorkflowHandle('w'), defineSignal<[string]>('add'), { key: order.id }, 'a');
  const optionsFor = defineActivityOptions({ billing: { like: 'critical', ttl: '12h', retry: { maximumAttempts: 3 } } });
  const key = (o: Order) => taskKeys.payment({ orderId: o.id, action: 'charge' });
  await proxyActivities<Activities>(optionsFor('billing', { heartbeatTimeout: '10s', idempotency: { key } })).charge(order);
  await proxyLocalActivities<Activities>(optionsFor('email')).charge(order);
  await proxyActivities<Activities>(activityOptionsFor('report', { retry: { maximumAttempts: 2 } })).charge(order);
  const attempts: number | undefined = optionsFor.retryPolicies.billing.maximumAttempts;
  const dated: string = taskKeys.autoclose({ ticketId: attempts ?? 0, date: new Date(0), timezone: 'Europe/Berlin' });
  taskKeys.custom({ name: dated, parts: ['a', 1], version: 2 });
  await charge.executeWithOptions({ idempotency: { key: 'order-42', preflight: true } }, [order]);
  await executeChild('bill', { args: [order], idempotency: { key: (o: Order) => o.id, scope: { tenant: 'a' } } });
  const workflowId: string = childWorkflowId({ type: 'bill', key: order.id, scope: { tenant: 'a' } });
  await startChild('bill', { args: [order], workflowId, idempotency: { key: order.id, fingerprint: false } });
  return (await charge(order)) + (await local.charge(order));
}
`;

const WORKER = `
import { NativeConnection, Worker } from '@temporalio/worker';
import { Client, Connection } from '@temporalio/client';
import { defineSignal, defineUpdate } from '@temporalio/workflow';
import { currentClaim, Idempotency, idempotent, idempotentActivities, IdempotentTask, OncePlugin, step, taskKeys } from 'temporal-once';
import { MemoryStore } from 'temporal-once/testing';
interface Order { readonly id: string }
export const charge = idempotent({ scope: 'global', key: (o: Order) => o.id, ttl: '4h' }, async (o: Order): Promise<string> => {
  const { key, fence, signal } = currentClaim();
  const parts: [string, bigint, AbortSignal] = [key, fence, signal];
  return o.id + String(parts.length);
});
export const transfer = idempotent.transactional({ key: (id: string) => id }, async (tx, id: string) => {
  await tx.query('SELECT $1', [id]);
  return id;
});
export const asked = idempotent(
  {
    key: (o: Order) => o.id,
    onUnknownOutcome: async ({ key, args, previousOwner, signal }) => {
      const id: string | undefined = args?.[0].id;
      const known: [string, string | undefined, AbortSignal] = [key, previousOwner['workflowId'], signal];
      return id === undefined ? 'fail' : { result: known.length };
    },
  },
  async (o: Order): Promise<number> => {
    const token: string = currentClaim().asyncToken();
    return token.length + o.id.length;
  },
);
const add = defineSignal<[string, number]>('add');
const pay = defineUpdate<string, [number]>('pay');
class Desk {
  @idempotent({ key: (id: string) => id })
  async ticket(id: string): Promise<number> { return id.length; }
}
class CloseTicket extends IdempotentTask<[id: string], number> {
  readonly policy = { key: (id: string) => id };
  async run(id: string): Promise<number> { return id.length; }
}
export const closeTicket: (id: string) => Promise<number> = new CloseTicket().activity();
const desk = idempotentActivities({ scope: 'global' }, new Desk());
export const counting: () => Promise<number> = () => step('count', () => 3);
const length: Promise<number> = desk.ticket('x');
const text: Promise<string> = charge({ id: 'a' });
const moved: Promise<string> = transfer('a');
export async function main(): Promise<void> {
  const once = new OncePlugin({ postgres: 'postgres://x', redis: 'redis://y' });
  const connection = await NativeConnection.connect({ plugins: [once] });
  const worker = await Worker.create({ connection, taskQueue: 'q', activities: { charge, ...desk }, plugins: [once] });
  const client = new Client({ connection: await Connection.connect(), plugins: [once] });
  const started = { id: '', taskQueue: 'q', startToCloseTimeout: '1m' } as const;
  await client.activity.start('charge', { ...started, args: [{ id: 'a' }], idempotency: { key: (o: Order) => o.id } });
  await client.activity.typed<{ transfer: typeof transfer }>().execute('transfer', {
    ...started,
    id: once.activityId({ type: 'transfer', key: 'a' }),
    args: ['a'],
    idempotency: { key: 'a', scope: { tenant: 't' }, ttl: '4h' },
  });
  await once.completeAsync(client, 'token', { paid: true });
  await once.failAsync(client, 'token', new Error('no'));
  const handle = client.workflow.getHandle('w');
  await once.signal(handle, add, { key: 'k', scope: { tenant: 'a' } }, 'a', 1);
  await once.signal(handle, 'add', { key: 7, hashKeys: true, fingerprint: false });
  const paid: string = await handle.executeUpdate(pay, { args: [1], idempotency: { key: ['a', 1] } });
  await client.workflow.signalWithStart('flow', {
    taskQueue: 'q', workflowId: paid, signal: add, signalArgs: ['a', 1], signalIdempotency: { key: 'k' }, args: [],
  });
  new OncePlugin({ postgres: 'postgres://x', signals: { require: ['add'] } });
  const plain = await Idempotency.connect({ postgres: 'postgres://x' });
  const named: string = plain.key({ type: 'import', key: taskKeys.dataImport({ source: 'sap', contentId: 1 }) });
  const held = await plain.acquireLock(named, { whenHeld: 'fail', maxHold: '1m' });
  const kept: boolean = held.signal.aborted || held.fence > 0n ? await held.release() : false;
  if (kept) await plain.acquireLock('other').then((other) => other[Symbol.asyncDispose]());
  await Idempotency.connect({ postgres: 'postgres://x', client, categories: { report: { ttl: '12h', errorTtl: '1m' } } });
  console.log(worker, client, new MemoryStore(), await Promise.all([length, text, moved]));
}
`;

const STARTER = `
import { Client, Connection, WithStartWorkflowOperation, WorkflowClient } from '@temporalio/client';
import { OncePlugin, RunClosedError, WorkflowIdMismatchError, type OnceStartPolicy } from 'temporal-once';
interface Order { readonly id: string }
export async function orderWorkflow(order: Order): Promise<string> { return order.id; }
export async function none(): Promise<void> {}
const shared: OnceStartPolicy<[Order]> = { key: (o: Order) => o.id, fingerprint: (o) => o.id, scope: (o) => ({ order: o.id }) };
export async function main(once: OncePlugin): Promise<void> {
  const client = new Client({ connection: await Connection.connect(), plugins: [once] });
  const id: string = await once.workflowId({
    type: 'orderWorkflow', key: 'o', scope: { tenant: 'a' }, window: { per: 'day', timezone: 'Europe/Berlin' },
  });
  const options = await once.startOptions(orderWorkflow, {
    taskQueue: 'q', args: [{ id: 'o' }], memo: { a: 1 },
    idempotency: { key: (o: Order) => o.id, window: { occurrence: new Date() }, ttl: '4h', category: 'critical' },
  });
  const handle = await client.workflow.start(orderWorkflow, options);
  const text: string = await client.workflow.execute(orderWorkflow, options);
  await client.workflow.signalWithStart(orderWorkflow, { ...options, signal: 's', signalArgs: [1] });
  const op = new WithStartWorkflowOperation(orderWorkflow, options);
  await client.workflow.executeUpdateWithStart('u', { startWorkflowOperation: op });
  await client.workflow.start(none, await once.startOptions(none, { taskQueue: 'q', idempotency: { key: 'k' } }));
  await client.workflow.start('any', await once.startOptions('any', { taskQueue: 'q', args: [1, 'a'], idempotency: {} }));
  await once.startOptions(orderWorkflow, { taskQueue: 'q', args: [{ id: 'o' }], idempotency: shared });
  const by = { taskQueue: 'q', workflowId: id, args: [{ id: 'o' }] as [Order] };
  await client.workflow.start(orderWorkflow, { ...by, idempotency: { key: 'o', fingerprint: false, hashKeys: true } });
  await client.workflow.signalWithStart(orderWorkflow, { ...by, signal: 's', idempotency: { key: 'o' } });
  new WithStartWorkflowOperation(orderWorkflow, { ...by, workflowIdConflictPolicy: 'USE_EXISTING', idempotency: { key: 'o' } });
  console.log(handle.firstExecutionRunId, text, RunClosedError, WorkflowIdMismatchError, WorkflowClient);
}
`;

const START_HEAD = `
import type { Client } from '@temporalio/client';
import type { OncePlugin } from 'temporal-once';
declare const client: Client;
declare const once: OncePlugin;
const by = { taskQueue: 'q', workflowId: 'w', args: [] };
`;

const WRONG_STARTS: [string, string][] = [
  ['an unknown field of a start', "client.workflow.start('w', { ...by, idempotency: { kye: 'k' } });"],
  [
    'a field that has no meaning for a start',
    "client.workflow.start('w', { ...by, idempotency: { whenRunning: 'wait' } });",
  ],
  [
    'a scope that has no meaning for a start',
    "once.startOptions('w', { taskQueue: 'q', args: [], idempotency: { scope: 'workflow' } });",
  ],
  ['an unknown period', "once.workflowId({ type: 'w', key: 'k', window: { per: 'week' } });"],
  ['an id beside startOptions', "once.startOptions('w', { ...by, workflowId: 'w', idempotency: {} });"],
  [
    'a conflict policy that contradicts once',
    "once.startOptions('w', { taskQueue: 'q', args: [], workflowIdConflictPolicy: 'FAIL', idempotency: {} });",
  ],
];

const WRONG: [string, string][] = [
  [
    'an unknown field',
    "proxyActivities<Activities>({ startToCloseTimeout: '1m', idempotency: { kye: 'k' } });",
  ],
  [
    'an unknown scope',
    "proxyActivities<Activities>({ startToCloseTimeout: '1m', idempotency: { scope: 'all' } });",
  ],
  [
    'an unknown whenRunning',
    "proxyActivities<Activities>({ startToCloseTimeout: '1m', idempotency: { whenRunning: 'x' } });",
  ],
  [
    'a function where only words travel',
    "proxyActivities<Activities>({ startToCloseTimeout: '1m', idempotency: { onUnknownOutcome: () => 'rerun' } });",
  ],
  ['a child without a key', "executeChild('bill', { args: [], idempotency: {} });"],
  ['a retention of a child', "executeChild('bill', { args: [], idempotency: { key: 1, ttl: '1h' } });"],
  [
    'a scope that a child has not',
    "executeChild('bill', { args: [], idempotency: { key: 1, scope: 'workflow' } });",
  ],
  [
    'a pre-flight that is no word',
    "proxyActivities<Activities>({ startToCloseTimeout: '1m', idempotency: { preflight: 'yes' } });",
  ],
  [
    'a pre-flight of a local activity',
    "proxyLocalActivities<Activities>({ startToCloseTimeout: '1m', idempotency: { preflight: true } });",
  ],
  [
    'a scope outside a workflow',
    "0; export const policy: import('temporal-once').StandalonePolicy = { scope: 'workflow' };",
  ],
  [
    'a pre-flight of a standalone activity',
    "0; export const policy: import('temporal-once').StandalonePolicy = { preflight: true };",
  ],
  ['a signal without its arguments', "once.signal(handle, defineSignal<[string]>('add'), { key: 'k' });"],
  ['a signal key without a key', "once.signal(handle, 'add', { scope: { tenant: 'a' } });"],
  ['a word as scope of a message', "once.signal(handle, 'add', { key: 'k', scope: 'global' });"],
  [
    'an update key of another shape',
    "handle.executeUpdate('pay', { args: [], idempotency: { key: 'k', ttl: '1h' } });",
  ],
  [
    'a signal key of another shape',
    "workflow.signalWithStart('f', { taskQueue: 'q', workflowId: 'w', signal: 'add', signalIdempotency: 'k' });",
  ],
  [
    'wrong arguments of signalOnce',
    "signalOnce(getExternalWorkflowHandle('w'), defineSignal<[string]>('a'), { key: 1 }, 2);",
  ],
  [
    'a key that is no policy',
    "proxyLocalActivities<Activities>({ startToCloseTimeout: '1m', idempotency: 'k' });",
  ],
  ['an unknown category', "activityOptionsFor('urgent');"],
  ['a category beside the category', "activityOptionsFor('email', { idempotency: { category: 'report' } });"],
  ['an unknown field of retry', "activityOptionsFor('email', { retry: { attempts: 3 } });"],
  ['an own category that is not defined', "defineActivityOptions({ billing: {} })('biling');"],
  ['an unknown field of an own category', "defineActivityOptions({ billing: { timeout: '1m' } });"],
  ['an own category like none', "defineActivityOptions({ billing: { like: 'urgent' } });"],
  ['a missing field of a task key', 'taskKeys.autoclose({ ticketId: 1 });'],
  ['an unknown field of a task key', 'taskKeys.webhookDelivery({ endpointId: 1, eventId: 2, at: 3 });'],
  ['a number as a date', 'taskKeys.autoclose({ ticketId: 1, date: 20251001 });'],
  ['an unknown option of a lock', "async (once: Idempotency) => once.acquireLock('x', { ttl: '1m' });"],
];

describe('[package] types in a consumer project', function () {
  this.timeout(180_000);
  let installed: Installed;
  before(async () => {
    installed = await Installed.make();
    const options = {
      target: 'es2022',
      module: 'node16',
      moduleResolution: 'node16',
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      // The package's own types must be right; those of others are theirs.
      skipLibCheck: true,
      types: ['node'],
    };
    installed.write('tsconfig.json', JSON.stringify({ compilerOptions: options, include: ['src'] }));
    installed.write('src/workflow.ts', WORKFLOW);
    installed.write('src/worker.ts', WORKER);
    installed.write('src/starter.ts', STARTER);
  });
  after(() => installed.remove());

  const compile = () =>
    run(process.execPath, [join(PEERS, 'typescript', 'bin', 'tsc'), '-p', '.'], installed.folder);

  it('what the README shows compiles, and each wrong option is an error on its own line', async () => {
    const good = await compile();
    assert.equal(good.code, 0, good.output);

    WRONG.forEach(([, line], n) =>
      installed.write(
        `src/wrong-${n}.ts`,
        `${HEAD}${line.includes('Idempotency') ? "import { type Idempotency } from 'temporal-once';" : ''}\nexport const wrong = ${line}`,
      ),
    );
    WRONG_STARTS.forEach(([, line], n) =>
      installed.write(`src/wrong-${WRONG.length + n}.ts`, `${START_HEAD}\nexport const wrong = ${line}`),
    );
    const bad = await compile();
    assert.notEqual(bad.code, 0);
    for (const [n, [what]] of [...WRONG, ...WRONG_STARTS].entries()) {
      assert.match(bad.output, new RegExp(`wrong-${n}\\.ts\\(\\d+,\\d+\\): error`), what);
    }
    assert.doesNotMatch(bad.output, /workflow\.ts|worker\.ts|starter\.ts/);
  });
});
