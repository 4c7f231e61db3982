import { assert } from '../../helpers/assert';
import { canonicalize, MAX_DEPTH } from '../../../src/key/canonical';
import { TooDeepError } from '../../../src/errors';

function nestedArrays(levels: number): unknown {
  let value: unknown = 0;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

function nestedBy(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 0;
  for (let level = 0; level < levels; level++) value = wrap(value);
  return value;
}

function refusal(value: unknown): TooDeepError {
  try {
    canonicalize(value);
  } catch (error) {
    assert.ok(error instanceof TooDeepError, String(error));
    return error;
  }
  return assert.fail('accepted');
}

describe('[edge] depth has a limit and cycles are found', () => {
  it(`accepts ${MAX_DEPTH} levels and refuses one more`, () => {
    assert.equal(canonicalize(nestedArrays(MAX_DEPTH)), `${'['.repeat(MAX_DEPTH)}0${']'.repeat(MAX_DEPTH)}`);
    const error = refusal(nestedArrays(MAX_DEPTH + 1));
    assert.equal(error.cyclic, false);
    assert.equal(error.maxDepth, MAX_DEPTH);
    assert.equal(error.path, `value${'[0]'.repeat(12)} …(240 more)… ${'[0]'.repeat(4)}`);
  });

  it('counts objects, Maps and Sets as levels', () => {
    for (const wrap of [
      (a: unknown) => ({ a }),
      (a: unknown) => new Map([[0, a]]),
      (a: unknown) => new Set([a]),
    ]) {
      assert.doesNotThrow(() => canonicalize(nestedBy(MAX_DEPTH, wrap)));
      assert.equal(refusal(nestedBy(MAX_DEPTH + 1, wrap)).cyclic, false);
    }
  });

  it('refuses a nesting of 100,000 without exhausting the stack', () => {
    assert.equal(refusal(nestedArrays(100_000)).cyclic, false);
    assert.equal(refusal(nestedBy(100_000, (a) => ({ a }))).cyclic, false);
  });

  it('names the first way back of a cycle', () => {
    const order: Record<string, unknown> = { id: 1 };
    order['lines'] = [{ parent: order }];
    const error = refusal({ order });
    assert.equal(error.cyclic, true);
    assert.equal(error.path, 'value.order.lines[0].parent');
  });

  it('finds a cycle through a Map, a Set and an array', () => {
    const map = new Map<string, unknown>();
    map.set('self', map);
    assert.equal(refusal(map).path, 'value<value 0>');
    const set = new Set<unknown>();
    set.add([set]);
    assert.equal(refusal(set).path, 'value<item 0>[0]');
    const array: unknown[] = [1];
    array.push(array);
    assert.equal(refusal(array).path, 'value[1]');
  });

  it('finds a wide cycle at once: it does not go through every branch', () => {
    let reads = 0;
    const wide: Record<string, unknown> = {};
    for (let index = 0; index < 50; index++) {
      Object.defineProperty(wide, `f${index}`, { enumerable: true, get: () => (reads++, wide) });
    }
    assert.equal(refusal(wide).cyclic, true);
    assert.ok(reads < 100, `${reads} reads`);
  });

  it('does not take one object in two places for a cycle, at any depth', () => {
    const shared = { a: 1 };
    const twice = nestedBy(100, (inner) => [inner, shared, shared]);
    assert.doesNotThrow(() => canonicalize(twice));
  });

  it('ends an endless nesting that is made while it is read', () => {
    const endless = (): object => ({
      get next() {
        return endless();
      },
    });
    assert.equal(refusal(endless()).cyclic, false);
  });
});
