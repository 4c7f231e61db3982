import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as choices from '../../examples/keys/wrong-choices';
import { FingerprintMismatchError, type Idempotency } from '../../src';
import { assert } from '../helpers/assert';
import { need } from '../helpers/services';
import { Services } from '../service/open';

const root = dirname(require.resolve('temporal-once/package.json'));

/** One operation was meant and two happened; or two were meant and the second got the answer to the first. */
const TWICE = ['happens twice', { effects: 2 }] as const;
const SWALLOWED = ['is swallowed', { effects: 1, answers: ['answer 1', 'answer 1'] }] as const;

const FAILURES: Readonly<
  Record<string, readonly [string, { effects: number; answers?: readonly string[] }]>
> = {
  random: TWICE,
  madeInTheRetryLoop: TWICE,
  workflowId: TWICE,
  windowOfTime: TWICE,
  signalByTime: TWICE,
  standaloneActivityId: TWICE,
  localDay: TWICE,
  numberAndText: TWICE,
  argumentsThatChange: TWICE,
  retentionTooShort: TWICE,
  typedByPeople: TWICE,
  pathAlone: SWALLOWED,
  withoutTheUser: SWALLOWED,
  withoutThePeriod: SWALLOWED,
  signalNameAlone: SWALLOWED,
  joinedByHand: SWALLOWED,
  wholeForItsParts: SWALLOWED,
};

describe('[keys] wrong choices of a key really fail', () => {
  const services = new Services();
  let once: Idempotency;
  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
    once = await services.connect();
  });
  after(() => services.close());

  const all = choices as unknown as Readonly<Record<string, (once: Idempotency) => Promise<object>>>;

  for (const [name, [what, expected]] of Object.entries(FAILURES)) {
    it(`${name}: ${what}`, async () => {
      const happened = await all[name]?.(once);
      assert.deepEqual(
        { ...happened, ...(expected.answers === undefined ? { answers: undefined } : {}) },
        {
          answers: undefined,
          ...expected,
        },
      );
    });
  }

  it('customerAlone: the second order is refused', async () => {
    await assert.rejects(choices.customerAlone(once), FingerprintMismatchError);
  });

  it('the right choice: one effect, one answer for both', async () => {
    assert.deepEqual(await choices.right(once), { effects: 1, answers: ['answer 1', 'answer 1'] });
  });

  it('docs/keys.md has a row for each', () => {
    const docs = readFileSync(join(root, 'docs/keys.md'), 'utf8');
    const section = docs.slice(docs.indexOf('## How to choose a key'), docs.indexOf('## Task keys'));
    const shown = [...section.matchAll(/^\|.*\| `(\w+)` *\|$/gm)].map(([, name]) => name).sort();
    assert.deepEqual(shown, [...Object.keys(FAILURES), 'customerAlone'].sort());
    assert.deepEqual(Object.keys(choices).sort(), [...shown, 'right'].sort());
  });
});
