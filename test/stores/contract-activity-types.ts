import type { ActivityTypesStore, TypeSighting } from '../../src/stores/activity-types';
import { assert } from '../helpers/assert';
import { randomName } from '../helpers/services';
import type { Open, Subject } from './subject';

const HOUR_MS = 3_600_000;

/** What workers say and see of activity types: how it adds up, what is kept, and what is recent. */
export function activityTypesContract(name: string, open: Open): void {
  describe(`[contract] ${name}: activity types`, () => {
    let subject: Subject;
    let queue: string;
    before(async function () {
      subject = await open.call(this);
    });
    beforeEach(() => (queue = randomName('queue')));
    after(() => subject?.close());

    const types = (): ActivityTypesStore => subject.store.activityTypes as ActivityTypesStore;
    const sighting = (type: string, change: Partial<TypeSighting> = {}): TypeSighting => ({
      namespace: 'default',
      taskQueue: queue,
      type,
      policy: { category: 'default' },
      runs: { unprotected: 0, attempts: 0, once: 0 },
      calls: [],
      retries: [],
      ...change,
    });
    const read = async (sinceMs = HOUR_MS) =>
      (await types().read(sinceMs)).filter(({ taskQueue }) => taskQueue === queue);

    it('a type that was declared and never ran is known, with its policy', async () => {
      const policy = { category: 'critical', source: { scope: 'function' }, nested: [1, null, 'ü'] };
      await types().add([sighting('charge', { policy })]);
      assert.deepEqual(await read(), [
        {
          ...sighting('charge', { policy }),
          recent: { unprotected: false, attempts: false, once: false },
        },
      ]);
    });

    it('nothing to say is said without harm', async () => {
      await types().add([]);
      assert.deepEqual(await read(), []);
    });

    it('runs add up; what was declared last stands', async () => {
      const runs = { unprotected: 1, attempts: 2, once: 3 };
      await types().add([sighting('charge', { runs }), sighting('other')]);
      await types().add([sighting('charge', { runs, policy: { category: 'report' } })]);
      const [charge, other] = await read();
      assert.deepEqual(charge?.runs, { unprotected: 2, attempts: 4, once: 6 });
      assert.deepEqual(charge?.policy, { category: 'report' });
      assert.deepEqual(charge?.recent, { unprotected: true, attempts: true, once: true });
      assert.deepEqual(other?.runs, { unprotected: 0, attempts: 0, once: 0 });
    });

    it('namespace, task queue and type name a row, and sort it', async () => {
      const names = ['b', 'B', 'a/1', 'ä', '"x"', 'a\tb'];
      await types().add(names.map((type) => sighting(type)));
      await types().add([sighting('a', { namespace: 'another' })]);
      const found = (await read()).map(({ namespace, type }) => `${namespace} ${type}`);
      assert.deepEqual(found, [
        'another a',
        ...['"x"', 'B', 'a\tb', 'a/1', 'b', 'ä'].map((type) => `default ${type}`),
      ]);
    });

    it('equal calls and retry policies are one, with the sum of their runs', async () => {
      const seen = (n: number, runs: number) => ({ value: { attempts: n }, runs });
      await types().add([sighting('charge', { retries: [seen(1, 2), seen(2, 1)], calls: [seen(9, 1)] })]);
      await types().add([sighting('charge', { retries: [seen(1, 3)], calls: [] })]);
      const [charge] = await read();
      assert.deepEqual(
        [...(charge?.retries ?? [])].sort((a, b) => b.runs - a.runs),
        [seen(1, 5), seen(2, 1)],
      );
      assert.deepEqual(charge?.calls, [seen(9, 1)]);
    });

    it('of many retry policies the four seen last are kept', async () => {
      for (let n = 1; n <= 6; n++) {
        await types().add([sighting('charge', { retries: [{ value: { n }, runs: 1 }] })]);
        await subject.pass(3);
      }
      await types().add([sighting('charge', { retries: [{ value: { n: 3 }, runs: 1 }] })]);
      const [charge] = await read();
      assert.deepEqual(
        charge?.retries.map(({ value }) => value),
        [{ n: 3 }, { n: 6 }, { n: 5 }, { n: 4 }],
      );
    });

    it('what was seen longer ago than asked for is not recent, and a type last said then is not there', async () => {
      const old = { runs: { unprotected: 1, attempts: 0, once: 0 }, retries: [{ value: { n: 1 }, runs: 1 }] };
      await types().add([sighting('charge', old), sighting('gone', old)]);
      await subject.pass(650);
      await types().add([sighting('charge', { runs: { unprotected: 0, attempts: 0, once: 2 } })]);
      const rows = await read(600);
      assert.deepEqual(
        rows.map(({ type }) => type),
        ['charge'],
      );
      assert.deepEqual(rows[0]?.recent, { unprotected: false, attempts: false, once: true });
      assert.deepEqual(rows[0]?.retries, []);
      assert.deepEqual(rows[0]?.runs, { unprotected: 1, attempts: 0, once: 2 });
      assert.equal((await read()).length, 2);
    });

    it('a name that is no text keeps no other from being told', async () => {
      await types().add([sighting('nul \u0000'), sighting('half \ud800'), sighting('back\\u0000slash')]);
      assert.equal((await read()).length, 3);
    });

    it('many stores say the same types at once: nothing is lost and nobody waits in a circle', async () => {
      const stores = [subject.store, ...subject.others];
      const names = Array.from({ length: 30 }, (_, n) => `type-${n}`);
      await Promise.all(
        Array.from({ length: 24 }, (_, n) => {
          const list = n % 2 === 0 ? names : [...names].reverse();
          const runs = { unprotected: 0, attempts: 0, once: 1 };
          const store = stores[n % stores.length]?.activityTypes as ActivityTypesStore;
          return store.add(list.map((type) => sighting(type, { runs })));
        }),
      );
      const rows = await read();
      assert.equal(rows.length, names.length);
      for (const { runs } of rows) assert.equal(runs.once, 24);
    });
  });
}
