import { Pool } from 'pg';
import { Idempotency } from '../../../src';
import { assert } from '../../helpers/assert';
import { openRedis, randomName, until } from '../../helpers/services';
import type { Section } from '../doc-session';
import type { Desk } from './desk';

const PASSWORD = 'least-privilege';

/** Each role of the page by a name of this run, with the grants as they stand there. */
async function withRoles(
  desk: Desk,
  section: Section,
  body: (url: (role: string) => string) => Promise<void>,
): Promise<void> {
  const statements = section.blocks
    .filter(({ language }) => language === 'sql')
    .flatMap(({ text }) => text.split(';').map((one) => one.trim()))
    .filter((one) => one !== '');
  const names = ['worker', 'upkeep', 'operator', 'generation_raiser'];
  const roles = new Map(names.map((name) => [name, randomName(`once_${name}`)]));
  const renamed = (statement: string): string =>
    names.reduce(
      (text, name) => text.replaceAll(new RegExp(`\\b${name}\\b(?!_)`, 'g'), roles.get(name) as string),
      statement,
    );
  try {
    for (const role of roles.values())
      await desk.pool.query(`CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
    // As in a database where nobody may what was not granted.
    await desk.pool.query('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA temporal_once FROM PUBLIC');
    for (const statement of statements) await desk.pool.query(renamed(statement));
    await body((name) => {
      const url = new URL(desk.url);
      url.username = roles.get(name) as string;
      url.password = PASSWORD;
      return url.href;
    });
  } finally {
    for (const role of [...roles.values()].reverse()) {
      await desk.pool.query(`DROP OWNED BY ${role}`);
      await desk.pool.query(`DROP ROLE ${role}`);
    }
  }
}

export async function grants(desk: Desk, section: Section): Promise<void> {
  await withRoles(desk, section, async (url) => {
    const once = await desk.service({ postgres: url('worker') });
    const order = { type: 'charge', key: 'order-42', label: 'order 42' };
    assert.equal(await once.run(order, () => 'charged'), 'charged');
    assert.equal(await once.lock('nightly', {}, () => 'had'), 'had');
    const refused = /permission denied|lacks|grant/i;
    await assert.rejects(once.byHand().clear(once.key(order), { who: 'w', why: 'w' }), refused);
    await assert.rejects(once.raiseGeneration(), refused);

    const operator = await desk.service({ postgres: url('operator') });
    const cleared = await operator.byHand().clear(once.key(order), { who: 'ada', why: 'CASE-7' });
    assert.equal(cleared.previous, 'completed');
    await assert.rejects(
      operator.run({ ...order, key: 'order-43' }, () => 'never'),
      refused,
    );

    const upkeep = await desk.service({ postgres: url('upkeep') });
    await upkeep.runUpkeep();
    const raiser = await desk.service({ postgres: url('generation_raiser') });
    await raiser.raiseGeneration();
    for (const role of ['worker', 'operator', 'upkeep', 'generation_raiser']) {
      const hand = new Pool({ connectionString: url(role), max: 1 });
      try {
        await assert.rejects(hand.query(`DELETE FROM temporal_once.audit`), /permission denied/);
        await assert.rejects(hand.query(`UPDATE temporal_once.audit SET why = ''`), /permission denied/);
      } finally {
        await hand.end();
      }
    }
    for (const role of ['worker', 'operator', 'upkeep']) {
      desk.connectAs(url(role));
      await desk.next();
    }
    desk.connectAs(desk.url);
  });
}

/** What the page says of one record, in bytes: a whole number in a cell of its table. */
function saidOf(section: Section, row: string): number[] {
  const cells = new RegExp(`^\\| ${row} +\\|(.*)\\|$`, 'm').exec(section.text)?.[1]?.split('|') ?? [];
  assert.ok(cells.length > 0, `no row ${row}`);
  return cells.map((cell) => Number(cell.replace(/[^0-9]/g, '')));
}

/** Within a fifth: pages are filled to one half or another. */
function isAbout(measured: number, said: number | undefined): boolean {
  return said !== undefined && Math.abs(measured - said) <= 0.2 * said;
}

export async function sizing(desk: Desk, section: Section): Promise<void> {
  // In a slow batch no row is renewed, which would make the table larger, and Redis is not taken to be away.
  const once = await desk.service({ leaseMs: 30_000, redisTimeoutMs: 5_000 });
  const redis = openRedis(desk.redisUrl);
  const COUNT = 5_000;
  const used = async (): Promise<number> => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
  const sizes = async (): Promise<[number, number]> => {
    const { rows } = await desk.pool.query<{ heap: string; indexes: string }>(
      `SELECT pg_table_size('temporal_once.records') AS heap, pg_indexes_size('temporal_once.records') AS indexes`,
    );
    return [Number(rows[0]?.heap), Number(rows[0]?.indexes)];
  };
  let connections = 0;
  const measured: { what: string; bytes: number; said: number | undefined }[] = [];
  try {
    await redis.connect();
    // What is said is what one record takes before anything is tidied up.
    await desk.pool.query('ALTER TABLE temporal_once.records SET (autovacuum_enabled = off)');
    for (const [row, bytes] of [
      ['40 bytes', 40],
      ['1 KB', 1_024],
    ] as const) {
      const [heap, indexes] = await sizes();
      const memory = await used();
      for (let from = 0; from < COUNT; from += 250) {
        // Of many types, so that each is put into Redis.
        const all = Array.from({ length: 250 }, (_, n) => ({
          type: `t${bytes}-${n}`,
          key: `order-${bytes}-${10_000 + from + n}`,
        }));
        await Promise.all(all.map((one) => once.run(one, () => 'x'.repeat(bytes - 2))));
        connections = Math.max(connections, await desk.connections());
      }
      await until(async () => (await redis.dbsize()) >= COUNT, 20_000).catch(() => undefined);
      const entries = await redis.dbsize();
      const [heapSaid, indexesSaid, redisSaid] = saidOf(section, row);
      const [heapNow, indexesNow] = await sizes();
      measured.push({ what: `table, ${row}`, bytes: Math.round((heapNow - heap) / COUNT), said: heapSaid });
      measured.push({
        what: `indexes, ${row}`,
        bytes: Math.round((indexesNow - indexes) / COUNT),
        said: indexesSaid,
      });
      measured.push({
        what: `Redis, ${row}`,
        bytes: Math.round(((await used()) - memory) / entries),
        said: redisSaid,
      });
      await redis.flushall();
    }
  } finally {
    redis.disconnect();
  }
  const wrong = measured.filter(({ bytes, said }) => !isAbout(bytes, said));
  assert.deepEqual(wrong, [], 'measured otherwise than said');
  assert.ok(connections > 0 && connections <= 10, `${connections} connections`);
  await desk.next(3);
}

export async function upgrading(desk: Desk): Promise<void> {
  await desk.next(2);
}

export async function tenants(desk: Desk): Promise<void> {
  const once = await desk.service();
  for (const tenant of ['acme', 'zen'])
    await once.run({ type: 'charge', key: 'order-42', scope: { tenant } }, () => tenant);
  const other = await desk.service({ namespace: 'staging' });
  assert.equal(
    await other.run({ type: 'charge', key: 'order-42', scope: { tenant: 'acme' } }, () => 's'),
    's',
  );
  await desk.next(3);
  const apart = await Idempotency.connect({ postgres: desk.url, schema: 'once_zen', prefix: 'once-zen' });
  try {
    assert.equal(
      await apart.run({ type: 'charge', key: 'order-42', scope: { tenant: 'zen' } }, () => 'apart'),
      'apart',
    );
  } finally {
    await apart.close();
  }
  await desk.next();
}

export async function afterRestore(desk: Desk): Promise<void> {
  // Redis alone knows what is lost: a slow answer is waited for.
  const once = await desk.service({ redisMaxAge: '1h', redisTimeoutMs: 5_000 });
  const early = { type: 'charge', key: 'order-41' };
  await once.run(early, () => 'before the backup');
  // What the restored database does not know, and Redis does.
  const late = { type: 'charge', key: 'order-42' };
  await once.run(late, () => 'after the backup');
  const redis = openRedis(desk.redisUrl);
  await redis.connect();
  await until(async () => (await redis.dbsize()) === 2);
  redis.disconnect();
  await desk.pool.query(`DELETE FROM temporal_once.records WHERE key = $1`, [once.key(late)]);
  await desk.pool.query(`SELECT setval('temporal_once.fences', 1)`);
  assert.equal(await once.run(late, () => 'never'), 'after the backup', 'Redis goes on telling what is lost');
  await desk.next(2);
  await until(async () => (await once.run(late, () => 'again')) === 'again', 20_000);
  assert.equal(await once.run(early, () => 'never'), 'before the backup');
}
