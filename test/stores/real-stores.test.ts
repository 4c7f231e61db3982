import { startRedisCluster, startRedisSentinels } from '../helpers/redis-groups';
import { need, startPgBouncer } from '../helpers/services';
import { storeContract } from './contract';
import { amongNeighbours } from './neighbours';
import { openPostgresSubject, openTieredSubject } from './open';

storeContract('postgres', function (this: Mocha.Context) {
  need(this, 'DATABASE_URL');
  return openPostgresSubject();
});

storeContract('postgres, each call among neighbours of its batch', async function (this: Mocha.Context) {
  need(this, 'DATABASE_URL');
  const subject = await openPostgresSubject();
  return { ...subject, store: amongNeighbours(subject.store), others: subject.others.map(amongNeighbours) };
});

storeContract('postgres through PgBouncer, transaction mode', async function (this: Mocha.Context) {
  need(this, 'DATABASE_URL', 'ONCE_PGBOUNCER_BIN');
  const bouncer = await startPgBouncer();
  const subject = await openPostgresSubject({ connectionString: bouncer.url });
  return {
    ...subject,
    close: async () => {
      await subject.close();
      await bouncer.stop();
    },
  };
});

storeContract('redis in front of postgres', function (this: Mocha.Context) {
  need(this, 'DATABASE_URL', 'REDIS_URL');
  return openTieredSubject();
});

// One of each for all suites of the contract: they start slowly and are only looked at here.
describe('[contract] groups of Redis servers', () => {
  for (const [name, start] of [
    ['a Redis Cluster', startRedisCluster],
    ['Redis Sentinels', startRedisSentinels],
  ] as const) {
    describe(`store: ${name}`, () => {
      let group: { readonly address: string; stop(): Promise<void> } | undefined;
      before(async function () {
        need(this, 'DATABASE_URL', 'ONCE_REDIS_SERVER_BIN');
        group = await start();
      });
      after(() => group?.stop());
      storeContract(`${name} in front of postgres`, function (this: Mocha.Context) {
        need(this, 'DATABASE_URL', 'ONCE_REDIS_SERVER_BIN');
        return openTieredSubject({ address: group?.address ?? '' });
      });
    });
  }
});
