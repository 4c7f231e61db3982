import { setTimeout as sleep } from 'node:timers/promises';
import { StaleClaimError, step, type Idempotency } from '../../src';
import { assert } from '../helpers/assert';
import { need } from '../helpers/services';
import { FRONTS, gate, newName, Services } from './open';

for (const [front, options] of Object.entries(FRONTS)) {
  describe(`[duplicates] steps, ${front}`, () => {
    const services = new Services();
    let first: Idempotency;
    let second: Idempotency;
    before(async function () {
      need(this, 'DATABASE_URL', 'REDIS_URL');
      first = await services.connect({ ...options, leaseMs: 1_000 });
      second = await services.connect({ ...options, leaseMs: 1_000 });
    });
    after(() => services.close());

    /** What ran, in order; each step gives its name and which run it was. */
    function diary() {
      const ran: string[] = [];
      let runs = 0;
      return {
        ran,
        begin: () => ++runs,
        /** A step that tells the diary. */
        take: (name: string) =>
          step(name, () => {
            ran.push(name);
            return `${name} in run ${runs}`;
          }),
      };
    }

    /** The error every first run of these tests ends with. */
    const broken = new Error('broke after the first step');

    async function breakAfterStep(operation: { type: string; key: string }, { begin, take }: Diary) {
      await assert.rejects(
        first.run(operation, async () => {
          begin();
          await take('one');
          throw broken;
        }),
        (error) => error === broken,
      );
    }
    type Diary = ReturnType<typeof diary>;

    const bothSteps = ({ begin, take }: Diary) => {
      return async (): Promise<string[]> => {
        begin();
        return [await take('one'), await take('two')];
      };
    };

    it('a retry after a failed run skips the finished step and gets its recorded value', async () => {
      const operation = { type: 't', key: newName() };
      const notes = diary();
      await breakAfterStep(operation, notes);
      assert.deepEqual(await second.run(operation, bothSteps(notes)), ['one in run 1', 'two in run 2']);
      assert.deepEqual(notes.ran, ['one', 'two']);
    });

    it('whoever takes over after the lease skips it too; the holder that lost it writes no step', async () => {
      const operation = { type: 't', key: newName() };
      const notes = diary();
      const [held, end] = [gate(), gate()];
      const brief = await services.connect({ ...options, leaseMs: 1_000, maxHoldMs: 1_000 });
      const late = brief.run(operation, async () => {
        notes.begin();
        await notes.take('one');
        held.open();
        await end.opened;
        return step('two', () => 'two by the one that lost it');
      });
      await held.opened;
      assert.deepEqual(await second.run(operation, bothSteps(notes)), ['one in run 1', 'two in run 2']);
      end.open();
      await assert.rejects(late);
      const rows = await services.query(
        `SELECT s.name, s.fence = r.fence AS of_heir FROM {schema}.steps s JOIN {schema}.records r USING (key)
         WHERE key LIKE '%' || $1 ORDER BY 1`,
        [operation.key],
      );
      assert.deepEqual(rows, [
        { name: 'one', of_heir: false },
        { name: 'two', of_heir: true },
      ]);
    });

    it('cleared while a step runs: it is refused, with the claim named, and the next run does it again', async () => {
      const operation = { type: 't', key: newName() };
      let fence = 0n;
      const stale = first.run(operation, (claim) => {
        fence = claim.fence;
        return step('one', async () => {
          await second.clear(operation);
          return 'too late';
        });
      });
      await assert.rejects(stale, (error) => {
        assert.ok(error instanceof StaleClaimError);
        assert.equal(error.fence, fence);
        assert.match(error.message, /step one, which has run/);
        return true;
      });
      assert.equal(await second.run(operation, () => step('one', () => 'again')), 'again');
    });

    it('a claim lost before its first step begins none', async () => {
      const operation = { type: 't', key: newName() };
      let ran = false;
      const stale = first.run(operation, async () => {
        await second.clear(operation);
        return step('one', () => (ran = true));
      });
      await assert.rejects(stale, StaleClaimError);
      assert.equal(ran, false);
    });

    it('a claim known to be lost begins no further step', async () => {
      const operation = { type: 't', key: newName() };
      let ran = false;
      const stale = first.run(operation, async ({ signal }) => {
        await step('one', () => 1);
        await second.clear(operation);
        while (!signal.aborted) await sleep(20);
        return step('two', () => (ran = true));
      });
      await assert.rejects(stale, StaleClaimError);
      assert.equal(ran, false);
    });

    it('once the outcome’s retention is over, steps run anew', async () => {
      const operation = { type: 't', key: newName(), ttl: 50 };
      const notes = diary();
      assert.deepEqual(await first.run(operation, bothSteps(notes)), ['one in run 1', 'two in run 1']);
      await sleep(80);
      assert.deepEqual(await second.run(operation, bothSteps(notes)), ['one in run 2', 'two in run 2']);
      assert.deepEqual(notes.ran, ['one', 'two', 'one', 'two']);
    });

    it('after a clear, steps run anew', async () => {
      const operation = { type: 't', key: newName() };
      const notes = diary();
      await breakAfterStep(operation, notes);
      await second.clear(operation);
      assert.deepEqual(await second.run(operation, bothSteps(notes)), ['one in run 2', 'two in run 2']);
    });

    it('falsy values and undefined are values: skipped and replayed as themselves', async () => {
      const operation = { type: 't', key: newName() };
      const values: Record<string, unknown> = {
        zero: 0,
        'no text': '',
        no: false,
        nothing: null,
        undef: undefined,
        'no item': [],
      };
      let ran = 0;
      const takeAll = async (): Promise<unknown[]> => {
        const seen: unknown[] = [];
        for (const [name, value] of Object.entries(values)) {
          seen.push(
            await step(name, () => {
              ran++;
              return value;
            }),
          );
        }
        return seen;
      };
      const failing = first.run(operation, async () => {
        await takeAll();
        throw broken;
      });
      await assert.rejects(failing, broken);
      let seen: unknown[] = [];
      await second.run(operation, async () => void (seen = await takeAll()));
      assert.deepEqual(seen, Object.values(values));
      assert.equal(ran, 6);
    });

    it('parallel steps, in parallel and nested operations, each find their own claim', async () => {
      const type = newName('parallel');
      const notes: string[] = [];
      const take = (name: string, value: string) =>
        step(name, async () => {
          await sleep(Math.random() * 20);
          notes.push(value);
          return value;
        });
      const run = (once: Idempotency, key: string, fail: boolean): Promise<string[]> =>
        once.run({ type, key }, async () => {
          const [a, inner, b] = await Promise.all([
            take('a', `${key}/a`),
            once.run({ type, key: `${key}-inner` }, () => take('a', `${key}-inner/a`)),
            take('b', `${key}/b`),
          ]);
          if (fail) throw broken;
          return [a, inner, b];
        });
      const keys = Array.from({ length: 20 }, (_, at) => `n${at}`);
      await Promise.allSettled(keys.map((key) => run(first, key, true)));
      const all = await Promise.all(keys.map((key) => run(second, key, false)));
      assert.deepEqual(
        all,
        keys.map((key) => [`${key}/a`, `${key}-inner/a`, `${key}/b`]),
      );
      assert.equal(notes.length, 60, 'none ran twice');
    });
  });
}
