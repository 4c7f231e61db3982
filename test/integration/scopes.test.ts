import { assert } from '../helpers/assert';
import { World, randomId } from './support/world';

describe('[integration] scopes', () => {
  let world: World;
  let queue: string;
  let stop: () => Promise<void>;

  before(async () => {
    world = await World.open();
    const bill = async (...args: string[]): Promise<number> => {
      await world.effects.add('bill', args.join('/'));
      return world.effects.count('bill');
    };
    const worker = await world.worker({ activities: { bill } });
    const running = worker.run();
    queue = worker.options.taskQueue;
    stop = async () => {
      worker.shutdown();
      await running;
    };
  });
  after(async () => {
    await stop();
    await world.close();
  });

  const bill = (idempotency: object, args: string[], workflowId?: string) =>
    world.execute<number>('call', queue, ['bill', args, { idempotency }], workflowId);

  it('workflow: two runs of one workflow id share it, another id does not', async () => {
    const [one, other] = [randomId('scoped'), randomId('scoped')];
    const scoped = { scope: 'workflow', key: 'w' };
    const first = await bill(scoped, ['w'], one);
    assert.equal(await bill(scoped, ['w'], one), first);
    assert.notEqual(await bill(scoped, ['w'], other), first);
  });

  it('global: every workflow id shares it', async () => {
    const first = await bill({ scope: 'global', key: 'g' }, ['g']);
    assert.equal(await bill({ scope: 'global', key: 'g' }, ['g']), first);
  });

  it('global without a key: the arguments are the key', async () => {
    const first = await bill({ scope: 'global' }, ['x', 'y']);
    assert.equal(await bill({ scope: 'global' }, ['x', 'y']), first);
    assert.notEqual(await bill({ scope: 'global' }, ['x', 'z']), first);
  });

  it('named: two tenants never meet', async () => {
    const acme = await bill({ scope: { tenant: 'acme' }, key: 't' }, ['t']);
    assert.equal(await bill({ scope: { tenant: 'acme' }, key: 't' }, ['t']), acme);
    assert.notEqual(await bill({ scope: { tenant: 'apex' }, key: 't' }, ['t']), acme);
    assert.notEqual(await bill({ scope: { user: 'acme' }, key: 't' }, ['t']), acme);
    assert.notEqual(await bill({ scope: 'global', key: 't' }, ['t']), acme);
  });

  it('a function of the arguments, evaluated in workflow code', async () => {
    const a = await world.execute('billTenant', queue, ['acme', 'inv-1']);
    assert.equal(await world.execute('billTenant', queue, ['acme', 'inv-1']), a);
    assert.notEqual(await world.execute('billTenant', queue, ['apex', 'inv-1']), a);
    assert.deepEqual(
      (await world.effects.notes('bill')).filter((note) => note.includes('inv-1')),
      ['acme/inv-1', 'apex/inv-1'],
    );
  });

  it('execution: nothing is shared, not even with the next run', async () => {
    const id = randomId('scoped');
    const first = await bill({ scope: 'execution' }, ['e'], id);
    assert.notEqual(await bill({ scope: 'execution' }, ['e'], id), first);
  });
});
