import { setImmediate as turn } from 'node:timers/promises';
import { Batcher } from '../../../src/stores/batcher';
import { assert } from '../../helpers/assert';

interface Asked {
  readonly key: string;
  readonly bad?: boolean;
}

/** A statement under way: ended by hand. */
interface Statement {
  readonly keys: readonly string[];
  readonly end: () => void;
}

/** A batcher whose statements are ended by hand, and answer each request with its key. */
function byHand(change: { readonly lanes?: number; readonly maxBatch?: number } = {}) {
  const statements: Statement[] = [];
  const batcher = new Batcher<Asked, string>(
    (requests) =>
      new Promise((resolve, reject) => {
        const keys = requests.map(({ key }) => key);
        const end = (): void =>
          requests.some(({ bad }) => bad) ? reject(new Error(`bad: ${keys.join()}`)) : resolve(keys);
        statements.push({ keys, end });
      }),
    ({ key }) => key,
    (error) => (error as Error).message.startsWith('bad'),
    change.maxBatch ?? 32,
    change.lanes ?? 1,
  );
  const add = (...keys: string[]) => Promise.all(keys.map((key) => batcher.add({ key })));
  /** Ends the n-th statement there ever was, and lets what follows from it happen. */
  const end = async (at: number): Promise<void> => {
    statements[at]?.end();
    await turn();
    await turn();
  };
  const sent = (): string[] => statements.map(({ keys }) => keys.join(' '));
  return { batcher, add, end, sent };
}

describe('[contract] batches that form by themselves', () => {
  it('a lone request goes at once, and those of the same turn with it', async () => {
    const { add, end, sent } = byHand();
    const answers = add('a', 'b');
    await turn();
    assert.deepEqual(sent(), ['a b']);
    await end(0);
    assert.deepEqual(await answers, ['a', 'b']);
  });

  it('what comes while a statement is under way goes with the next, all together', async () => {
    const { add, end, sent } = byHand();
    const first = add('a');
    await turn();
    const others = [add('b'), add('c')];
    await turn();
    others.push(add('d'));
    await turn();
    assert.deepEqual(sent(), ['a']);
    await end(0);
    assert.deepEqual(sent(), ['a', 'b c d']);
    await end(1);
    assert.deepEqual(await Promise.all([first, ...others]), [['a'], ['b'], ['c'], ['d']]);
  });

  it('those answered together ask again together, some promises later: they go with one statement', async () => {
    const { batcher, end, sent } = byHand({ lanes: 2 });
    const again = ['a', 'b', 'c'].map(async (key, promises) => {
      await batcher.add({ key });
      for (let n = 0; n < promises * 10; n++) await Promise.resolve();
      return batcher.add({ key: key.toUpperCase() });
    });
    await turn();
    await end(0);
    assert.deepEqual(sent(), ['a b c', 'A B C']);
    await end(1);
    assert.deepEqual(await Promise.all(again), ['A', 'B', 'C']);
  });

  it('after a statement of one the next goes without waiting for a turn of the event loop', async () => {
    const { batcher, end, sent } = byHand();
    const answers = [batcher.add({ key: 'a' })];
    await turn();
    answers.push(batcher.add({ key: 'b' }));
    const ended = end(0);
    for (let n = 0; n < 10; n++) await Promise.resolve();
    assert.deepEqual(sent(), ['a', 'b']);
    await ended;
    await end(1);
    assert.deepEqual(await Promise.all(answers), ['a', 'b']);
  });

  it('one key twice: never in one statement, and in the order it came', async () => {
    const { batcher, end, sent } = byHand();
    const order: number[] = [];
    const asked = [1, 2, 3].map((at) => batcher.add({ key: 'same' }).then(() => order.push(at)));
    asked.push(batcher.add({ key: 'other' }).then(() => order.push(0)));
    await turn();
    assert.deepEqual(sent(), ['same other']);
    for (let at = 0; at < 3; at++) await end(at);
    await Promise.all(asked);
    assert.deepEqual(sent(), ['same other', 'same', 'same']);
    assert.deepEqual(
      order.filter((at) => at > 0),
      [1, 2, 3],
    );
  });

  it('several lanes: as many statements at once, no more', async () => {
    const { add, end, sent } = byHand({ lanes: 2, maxBatch: 2 });
    const answers = add('a', 'b', 'c', 'd', 'e');
    await turn();
    assert.deepEqual(sent(), ['a b', 'c d'], 'the fifth waits for a lane');
    const late = add('f');
    await turn();
    assert.equal(sent().length, 2);
    await end(1);
    assert.deepEqual(sent(), ['a b', 'c d', 'e f'], 'the lane that is free first takes it');
    await end(0);
    await end(2);
    assert.deepEqual(await answers, ['a', 'b', 'c', 'd', 'e']);
    assert.deepEqual(await late, ['f']);
  });

  it('one bad item fails alone: its neighbours are sent again, one by one', async () => {
    const { batcher, end, sent } = byHand();
    const asked = ['a', 'b', 'c'].map((key) => batcher.add({ key, bad: key === 'b' }));
    const settled = Promise.allSettled(asked);
    await turn();
    for (let at = 0; at < 4; at++) await end(at);
    assert.deepEqual(sent(), ['a b c', 'a', 'b', 'c']);
    assert.deepEqual(
      (await settled).map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).message)),
      ['a', 'bad: b', 'c'],
    );
    const next = batcher.add({ key: 'd' });
    await turn();
    await end(4);
    assert.equal(await next, 'd', 'the lane is free again');
  });

  it('a failure that blames no item fails them all at once, and the next statement goes out', async () => {
    let calls = 0;
    const batcher = new Batcher<Asked, string>(
      (requests) =>
        ++calls === 1 ? Promise.reject(new Error('away')) : Promise.resolve(requests.map(({ key }) => key)),
      ({ key }) => key,
      () => false,
      32,
      1,
    );
    const settled = await Promise.allSettled(['a', 'b'].map((key) => batcher.add({ key })));
    assert.deepEqual(
      settled.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.equal(calls, 1);
    assert.equal(await batcher.add({ key: 'c' }), 'c');
  });
});
