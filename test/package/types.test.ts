import { join } from 'node:path';
import { assert } from '../helpers/assert';
import { Installed, PEERS, run } from './support';

const HEAD = `
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import { activityOptionsFor, defineActivityOptions, taskKeys } from 'temporal-once/workflow';
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
  await charge.executeWithOptions({ idempotency: { key: 'order-42' } }, [order]);
  const optionsFor = defineActivityOptions({ billing: { like: 'critical', ttl: '12h', retry: { maximumAttempts: 3 } } });
  const key = (o: Order) => taskKeys.payment({ orderId: o.id, action: 'charge' });
  await proxyActivities<Activities>(optionsFor('billing', { heartbeatTimeout: '10s', idempotency: { key } })).charge(order);
  await proxyLocalActivities<Activities>(optionsFor('email')).charge(order);
  await proxyActivities<Activities>(activityOptionsFor('report', { retry: { maximumAttempts: 2 } })).charge(order);
  const attempts: number | undefined = optionsFor.retryPolicies.billing.maximumAttempts;
  const dated: string = taskKeys.autoclose({ ticketId: attempts ?? 0, date: new Date(0), timezone: 'Europe/Berlin' });
  taskKeys.custom({ name: dated, parts: ['a', 1], version: 2 });
  return (await charge(order)) + (await local.charge(order));
}
`;

const WORKER = `
import { NativeConnection, Worker } from '@temporalio/worker';
import { Client, Connection } from '@temporalio/client';
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
  await once.completeAsync(client, 'token', { paid: true });
  await once.failAsync(client, 'token', new Error('no'));
  const plain = await Idempotency.connect({ postgres: 'postgres://x' });
  const named: string = plain.key({ type: 'import', key: taskKeys.dataImport({ source: 'sap', contentId: 1 }) });
  const held = await plain.acquireLock(named, { whenHeld: 'fail', maxHold: '1m' });
  const kept: boolean = held.signal.aborted || held.fence > 0n ? await held.release() : false;
  if (kept) await plain.acquireLock('other').then((other) => other[Symbol.asyncDispose]());
  await Idempotency.connect({ postgres: 'postgres://x', client, categories: { report: { ttl: '12h', errorTtl: '1m' } } });
  console.log(worker, client, new MemoryStore(), await Promise.all([length, text, moved]));
}
`;

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
    const bad = await compile();
    assert.notEqual(bad.code, 0);
    for (const [n, [what]] of WRONG.entries()) {
      assert.match(bad.output, new RegExp(`wrong-${n}\\.ts\\(\\d+,\\d+\\): error`), what);
    }
    assert.doesNotMatch(bad.output, /workflow\.ts|worker\.ts/);
  });
});
