import { assert } from '../helpers/assert';
import { need } from '../helpers/services';
import { readPage, sectionsOf } from './doc-session';
import { Desk } from './runbooks/desk';
import { locksFail, stuckLock } from './runbooks/locks';
import {
  cachedError,
  fingerprintMismatch,
  keyTooBroad,
  staleClaims,
  unknownOutcomesRerun,
  unknownOutcomeWaits,
} from './runbooks/outcomes';
import { completedUnrecorded, failsClosed, postgresSlow, runsUnprotected } from './runbooks/postgres';
import { clearsNotTold, redisAway, redisFlaps, redisMemory } from './runbooks/redis';
import { startOutcomesLost, upkeepStands } from './runbooks/temporal';

/** What brings the trouble about and runs the session of a section, by its heading. */
const SESSIONS: Readonly<Record<string, (desk: Desk) => Promise<void>>> = {
  OnceRunsUnprotected: runsUnprotected,
  OnceFailsClosed: failsClosed,
  OnceUnknownOutcomeWaits: unknownOutcomeWaits,
  OnceUnknownOutcomesRerun: unknownOutcomesRerun,
  OnceCompletedUnrecorded: completedUnrecorded,
  OnceStaleClaims: staleClaims,
  OnceFingerprintMismatch: fingerprintMismatch,
  OnceRedisAway: redisAway,
  OnceRedisFlaps: redisFlaps,
  OncePostgresSlow: postgresSlow,
  OnceLocksFail: locksFail,
  OnceUpkeepStands: upkeepStands,
  OnceClearsNotTold: clearsNotTold,
  OnceStartOutcomesLost: startOutcomesLost,
  'A key is too broad': keyTooBroad,
  'A cached error must go': cachedError,
  'A lock is stuck': stuckLock,
  'Redis memory': redisMemory,
};

describe('[integration] the sessions in docs/runbooks.md', function () {
  this.timeout(120_000);
  before(function () {
    need(this, 'ONCE_TEMPORAL_BIN', 'TEMPORAL_ADDRESS', 'DATABASE_URL', 'ONCE_REDIS_SERVER_BIN');
    need(this, 'ONCE_REDIS_CLI_BIN', 'ONCE_PSQL_BIN');
  });

  const shown = sectionsOf(readPage('runbooks.md'), 3).filter(({ blocks }) =>
    blocks.some(({ language }) => language === 'console'),
  );

  it('each has somebody who runs it', () => {
    const headings = shown.map(({ heading }) => heading);
    assert.deepEqual(headings.sort(), Object.keys(SESSIONS).sort());
  });

  for (const section of shown) {
    it(`${section.heading}: the trouble is there, is seen, and is mended`, async () => {
      const desk = await Desk.open(section);
      try {
        await SESSIONS[section.heading]?.(desk);
        desk.done();
      } finally {
        await desk.close();
      }
    });
  }
});
