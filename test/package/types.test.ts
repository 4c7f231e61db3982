import { join } from 'node:path';
import { assert } from '../helpers/assert';
import { Installed, PEERS, run } from './support';

const HEAD = `
import { executeChild, proxyActivities, proxyLocalActivities, startChild } from '@temporalio/workflow';
import { childWorkflowId } from 'temporal-once/workflow';
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
import { currentClaim, Idempotency, idempotent, idempotentActivities, OncePlugin, step } from 'temporal-once';
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
  [
    'a key that is no policy',
    "proxyLocalActivities<Activities>({ startToCloseTimeout: '1m', idempotency: 'k' });",
  ],
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
      installed.write(`src/wrong-${n}.ts`, `${HEAD}\nexport const wrong = ${line}`),
    );
    const bad = await compile();
    assert.notEqual(bad.code, 0);
    for (const [n, [what]] of WRONG.entries()) {
      assert.match(bad.output, new RegExp(`wrong-${n}\\.ts\\(\\d+,\\d+\\): error`), what);
    }
    assert.doesNotMatch(bad.output, /workflow\.ts|worker\.ts/);
  });
});
