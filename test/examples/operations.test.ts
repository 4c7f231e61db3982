import { assert } from '../helpers/assert';
import { need } from '../helpers/services';
import { readPage, sectionsOf, type Section } from './doc-session';
import { Desk } from './runbooks/desk';
import { afterRestore, grants, sizing, tenants, upgrading } from './runbooks/store';

const SESSIONS: Readonly<Record<string, (desk: Desk, section: Section) => Promise<void>>> = {
  'The schema': grants,
  Sizing: sizing,
  Upgrading: upgrading,
  'Tenants and namespaces': tenants,
  'After a restore or a failover': afterRestore,
};

describe('[integration] the store, as docs/operations.md keeps it', function () {
  this.timeout(180_000);
  before(function () {
    need(this, 'ONCE_TEMPORAL_BIN', 'DATABASE_URL', 'ONCE_REDIS_SERVER_BIN');
    need(this, 'ONCE_REDIS_CLI_BIN', 'ONCE_PSQL_BIN');
  });

  const shown = sectionsOf(readPage('operations.md'), 2).filter(
    ({ heading, blocks }) => heading !== 'By hand' && blocks.some(({ language }) => language === 'console'),
  );

  it('each session has somebody who runs it', () => {
    const headings = shown.map(({ heading }) => heading);
    assert.deepEqual(headings.sort(), Object.keys(SESSIONS).sort());
  });

  for (const section of shown)
    it(`${section.heading}: is as it says`, async () => {
      const desk = await Desk.open(section);
      try {
        await SESSIONS[section.heading]?.(desk, section);
        desk.done();
      } finally {
        await desk.close();
      }
    });
});
