import { assert } from '../helpers/assert';
import { TestProcess } from '../helpers/processes';
import { need } from '../helpers/services';
import { faultsIn } from './hammer/checker';
import type { Claim, Entry, Settle } from './hammer/journal';
import { openPostgresSubject, type PostgresSubject } from './open';
import { newKey, seeded } from './subject';

const ROUNDS = 3;
const ROUND_MS = 3_000;

describe('[contract] postgres: many processes on few keys', () => {
  let subject: PostgresSubject;
  before(async function () {
    need(this, 'DATABASE_URL');
    subject = await openPostgresSubject({}, { others: 0 });
  });
  after(() => subject?.close());

  for (let round = 1; round <= ROUNDS; round++) {
    it(`round ${round}: one live claim, fences that grow, no stale settlement done, no outcome changed (ONCE_SEED)`, async () => {
      const { seed, next } = seeded();
      console.log(`      seed ${seed}`);
      const keys = Array.from({ length: 1 + next(4) }, newKey);
      const children = Array.from({ length: 4 }, (_, child) =>
        TestProcess.start('hammer', {
          ...{ schema: subject.schema, keys, forMs: ROUND_MS, callers: 3 },
          seed: seed + child * 104_729,
        }),
      );
      await Promise.all(children.map((child) => child.next('ready')));
      children.forEach((child) => child.say({ is: 'go' }));
      const said = await Promise.all(children.map((child) => child.next('journal')));
      const entries = said.flatMap((message) => message['entries'] as Entry[]);
      const claimed = entries.filter((entry) => entry.is === 'claim' && entry.kind === 'claimed');
      const stale = entries.filter((entry) => entry.is === 'settle' && entry.verdict === 'stale');
      console.log(
        `      ${entries.length} answers, ${claimed.length} claims, ${stale.length} stale settlements`,
      );
      assert.ok(claimed.length > 100 && stale.length > 30, 'there was a race to judge');
      assert.deepEqual(faultsIn(entries), [], `seed ${seed}`);
      for (const child of children) assert.deepEqual(await child.exited, { code: 0, signal: null });
    });
  }
});

describe('[contract] the judge of many processes', () => {
  const granted = (fence: number, before: number, change: Partial<Claim> = {}): Claim => ({
    ...{ is: 'claim', key: 'k', nonce: `n-${fence}`, execution: `e-${fence}`, startOrder: 0 },
    ...{ leaseMs: 100, kind: 'claimed', fence: `${fence}`, before, after: before + 1 },
    ...change,
  });
  const settled = (fence: number, before: number, change: Partial<Settle> = {}): Settle => ({
    ...{
      is: 'settle',
      key: 'k',
      op: 'complete',
      fence: `${fence}`,
      verdict: 'done',
      forMs: 100,
      payload: 'p',
    },
    ...{ before, after: before + 1 },
    ...change,
  });
  const seen = (fence: number, before: number, payload = 'p'): Claim =>
    granted(fence, before, { kind: 'outcome', nonce: 'other', payload });
  const cleared = (before: number): Entry => ({
    is: 'clear',
    key: 'k',
    fence: '99',
    before,
    after: before + 1,
  });

  const kept: Readonly<Record<string, readonly Entry[]>> = {
    'a claim after the lease': [granted(1, 0), granted(2, 102)],
    'a claim after a release': [granted(1, 0), settled(1, 5, { op: 'release' }), granted(2, 10)],
    'a claim after a clear': [
      granted(1, 0),
      cleared(5),
      granted(2, 10),
      settled(1, 20, { verdict: 'stale' }),
    ],
    'a newer start': [granted(1, 0, { execution: 'e' }), granted(2, 5, { execution: 'e', startOrder: 1 })],
    'a claim after the retention': [granted(1, 0), settled(1, 5), seen(1, 50), granted(2, 120)],
    'the same claim twice': [granted(1, 0), granted(1, 5), settled(1, 10), settled(1, 20)],
  };
  for (const [what, entries] of Object.entries(kept)) {
    it(`finds nothing wrong with ${what}`, () => assert.deepEqual(faultsIn(entries), []));
  }

  const broken: Readonly<Record<string, readonly [RegExp, readonly Entry[]]>> = {
    'two live claims': [/in the lease/, [granted(1, 0), granted(2, 50)]],
    'a claim in a renewed lease': [
      /in the lease/,
      [granted(1, 0), settled(1, 80, { op: 'renew' }), granted(2, 150)],
    ],
    'a claim in the retention of an outcome': [
      /had its retention/,
      [granted(1, 0), settled(1, 5), granted(2, 50)],
    ],
    'an older start': [
      /in the lease/,
      [granted(1, 0, { execution: 'e', startOrder: 1 }), granted(2, 5, { execution: 'e' })],
    ],
    'a fence that falls back': [/after fence 2/, [granted(2, 0), granted(1, 200)]],
    'one fence for two claims': [/two claims/, [granted(1, 0), granted(1, 200, { nonce: 'other' })]],
    'a stale completion that was done': [
      /was done after fence 2/,
      [granted(1, 0), granted(2, 200), settled(1, 210)],
    ],
    'a release after a clear that was done': [
      /after a clear/,
      [granted(1, 0), cleared(5), settled(1, 10, { op: 'release' })],
    ],
    'a settlement of nobody': [/nobody was granted/, [settled(1, 10)]],
    'an outcome that changes': [/changed/, [granted(1, 0), settled(1, 5), seen(1, 10, 'other')]],
    'an old outcome after a new claim': [
      /was seen after/,
      [granted(1, 0), settled(1, 5), granted(2, 120), seen(1, 130)],
    ],
  };
  for (const [what, [fault, entries]] of Object.entries(broken)) {
    it(`finds ${what}`, () => {
      const faults = faultsIn(entries);
      assert.ok(faults.length > 0);
      assert.match(faults.join('\n'), fault);
    });
  }
});
