import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Idempotency } from '../../src';
import { assert } from '../helpers/assert';
import { Commands } from '../helpers/command';
import { TestProcess } from '../helpers/processes';
import { env, need, randomName, until } from '../helpers/services';
import { faultsIn } from '../stores/hammer/checker';
import type { Claim, Entry } from '../stores/hammer/journal';
import { newKey, seeded } from '../stores/subject';
import { answersIn, begin, callersInto, end, isAnswer } from './crew';
import { judged } from './judged';
import { ReplicatedPostgres } from './replicated-postgres';

const ROUNDS = 3;
const ENOUGH = 120;
const LEASE_MS = 8_000;
const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

describe('[faults] the primary is killed and a synchronous replica promoted (G1, G2, G3)', function () {
  this.timeout(300_000);
  let pair: ReplicatedPostgres | undefined;
  let folder: string;
  const children: TestProcess[] = [];
  before(function () {
    need(this, 'REDIS_URL', 'ONCE_POSTGRES_BIN_DIR', 'ONCE_TEMPORAL_BIN');
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'once-failover-'));
    pair = await ReplicatedPostgres.open({ synchronous: true });
  });
  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => child.kill()));
    await pair?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function own<Child extends TestProcess>(child: Child): Child {
    children.push(child);
    return child;
  }

  for (let round = 1; round <= ROUNDS; round++) {
    it(`round ${round}: no outcome is lost, no body runs again undeclared, fences grow on (ONCE_SEED)`, async () => {
      const { seed, next } = seeded();
      console.log(`      seed ${seed}`);
      const at = pair as ReplicatedPostgres;
      const service = {
        ...{ postgres: at.url, redis: env('REDIS_URL'), schema: randomName('once_test') },
        ...{ prefix: randomName('once-test'), leaseMs: LEASE_MS },
      };
      const once = await Idempotency.connect({ ...service, migrate: true, storePatienceMs: 60_000 });
      const callers = callersInto(folder, 3, seed, service).map(own);
      const racing = { schema: service.schema, keys: [newKey(), newKey()], callers: 3, url: at.url };
      const racers = [0, 1].map((child) =>
        own(TestProcess.start('hammer', { ...racing, seed: seed + child * 104_729, patienceMs: 60_000 })),
      );
      await begin([...callers, ...racers]);
      const answered = (): number => answersIn(folder);
      await until(() => answered() >= ENOUGH, 120_000);
      await sleep(next(500));

      const victim = callers[0] as TestProcess;
      victim.say({ is: 'hang' });
      await victim.next('hanging', 120_000);
      const killedAt = nowMs();
      await Promise.all([at.killPrimary(), victim.kill()]);
      const recovered = once.run({ type: 'recovery', key: newKey() }, () => nowMs());
      const before = answered();
      // Either order is an operator's: clients then meet nobody, or a server that takes no writes yet.
      const movesFirst = round % 2 === 1;
      if (movesFirst) at.moveAddress();
      if (movesFirst) await at.isAskedForWrites();
      const promoting = nowMs();
      await at.promote();
      const promotedAt = nowMs();
      if (!movesFirst) at.moveAddress();
      const survivors = callers.slice(1);
      const recoveredMs = (await recovered) - killedAt;
      console.log(
        `      address moved ${movesFirst ? 'first' : 'last'}; claims taken again ${Math.round(recoveredMs)} ms after the kill,` +
          ` of which the promotion took ${Math.round(promotedAt - promoting)} ms`,
      );
      await until(() => answered() >= before + ENOUGH, 120_000);
      const journals = (await end(racers, 'journal')).flatMap(({ entries }) => entries as Entry[]);
      await end(survivors, 'done');

      const { lines, lost, broken } = await judged(at, once, { folder, schema: service.schema });
      assert.deepEqual(lost, [], `seed ${seed}`);
      assert.deepEqual(broken, [], `seed ${seed}`);
      assert.deepEqual(faultsIn(journals), [], `seed ${seed}`);

      const takeovers = lines.filter((line) => line.is === 'began' && line.attempt > 1);
      const granted = journals.filter(
        (entry): entry is Claim => entry.is === 'claim' && entry.kind === 'claimed',
      );
      const old = granted.filter(({ after }) => after < killedAt).map(({ fence }) => BigInt(fence));
      const fresh = granted.filter((claim) => claim.before > promotedAt).map(({ fence }) => BigInt(fence));
      const greatest = old.reduce((a, b) => (a > b ? a : b));
      console.log(
        `      ${lines.filter(isAnswer).length} outcomes answered, ${takeovers.length} declared takeovers, ${old.length} races before, ${fresh.length} after`,
      );
      assert.ok(takeovers.length > 0, 'what the killed process held was taken over, and declared');
      assert.ok(old.length > 10 && fresh.length > 10, 'there were claims on both sides');
      assert.ok(
        fresh.every((fence) => fence > greatest),
        `seed ${seed}: every fence is greater than those before the failover`,
      );
      await once.close();
    });
  }

  it('a role whose commits do not wait for the replica is warned of, and so by doctor', async () => {
    const at = pair as ReplicatedPostgres;
    const url = new URL(at.url);
    url.searchParams.set('options', '-c synchronous_commit=local');
    const schema = randomName('once_test');
    const heard: Error[] = [];
    const listen = (warning: Error): void => void heard.push(warning);
    process.on('warning', listen);
    try {
      for (const postgres of [at.url, url.href])
        await (await Idempotency.connect({ postgres, schema, migrate: true })).close();
      await until(() => heard.some(({ message }) => message.includes('synchronous_commit')));
    } finally {
      process.off('warning', listen);
    }
    const ours = heard.filter(({ message }) => message.includes('synchronous_commit=local'));
    assert.equal(ours.length, 1, 'the first, which waits, is fine');
    assert.match(ours[0]?.message ?? '', /a failover to one loses.*Set synchronous_commit=on/);

    const commands = new Commands();
    const flags = ['once', 'doctor', '--no-temporal', '--schema', schema, '--postgres'];
    try {
      const [fine, weak] = [
        await commands.temporal([...flags, at.url]),
        await commands.temporal([...flags, url.href]),
      ];
      assert.match(fine.out, /^ok +settings/m);
      assert.match(weak.out, /^warn +settings +synchronous_commit local, beside synchronous replicas/m);
    } finally {
      commands.close();
    }
  });
});
