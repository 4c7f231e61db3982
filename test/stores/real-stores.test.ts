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
