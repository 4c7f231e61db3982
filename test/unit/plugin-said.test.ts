import { inspect } from 'node:util';
import { assert } from '../helpers/assert';
import { OncePlugin } from '../../src';

describe('[unit] what is said of a plugin', () => {
  it('tells nothing of its options, to a logger that writes JSON and to one that inspects', () => {
    const plugin = new OncePlugin({
      postgres: 'postgres://worker:word-of-postgres@127.0.0.1:1/none',
      redis: 'redis://:word-of-redis@127.0.0.1:1',
      secret: 'a secret of more than sixteen bytes',
    });
    const options = { taskQueue: 'q', plugins: [plugin] };
    for (const said of [JSON.stringify(options), inspect(options, { depth: 10, showHidden: true })]) {
      assert.match(said, /temporal-once/);
      assert.doesNotMatch(said, /word-of|secret/);
    }
  });
});
