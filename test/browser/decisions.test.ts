import { assert } from '../helpers/assert';
import { need } from '../helpers/services';
import { OpenedPage } from './opened-page';

const SECRET = 'a-secret-that-no-page-shows';
const EVIL = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>&amp;`;

describe('[page] what is shown and decided', () => {
  let opened: OpenedPage;
  before(function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
  });
  afterEach(() => opened?.close());

  it('records what was found out: duplicates get it, and the audit says who and why', async () => {
    opened = await OpenedPage.open();
    const key = await opened.vanish('charge', 'order-42');
    const answer = await opened.decide({
      key,
      action: 'reconcile',
      outcome: 'completed',
      result: '{"receipt": 7}',
      ttl: '2h',
      why: 'the provider has it',
    });
    assert.equal(answer.status, 303);
    assert.equal(
      answer.headers.get('location'),
      `/key?${new URLSearchParams({ key, done: 'reconcile' }).toString()}`,
    );
    assert.deepEqual(await opened.once.run({ type: 'charge', key: 'order-42' }, () => 'ran'), { receipt: 7 });
    const { body } = await opened.text('/audit');
    assert.match(body, /reconcile/);
    assert.match(body, /the provider has it/);
    assert.match(body, /ada/);
  });

  it('records an error that was found out', async () => {
    opened = await OpenedPage.open();
    const key = await opened.vanish('charge', 'order-42');
    const form = { key, action: 'reconcile', outcome: 'failed', errorType: 'CardDeclined', ttl: '1h' };
    assert.equal((await opened.decide({ ...form, message: ' ' })).status, 409);
    assert.equal((await opened.decide({ ...form, message: 'declined' })).status, 303);
    await assert.rejects(
      opened.once.run({ type: 'charge', key: 'order-42' }, () => 'ran'),
      /declined/,
    );
  });

  it('lets the next caller run, and starts nothing', async () => {
    opened = await OpenedPage.open();
    const key = await opened.vanish('charge', 'order-42');
    assert.equal((await opened.decide({ key, action: 'rerun' })).status, 303);
    assert.equal(await opened.once.run({ type: 'charge', key: 'order-42' }, () => 'ran'), 'ran');
  });

  it('does nothing when another record stands there than the one that was looked at', async () => {
    opened = await OpenedPage.open();
    const key = await opened.vanish('charge', 'order-42');
    const fence = String((await opened.once.byHand().life(key))?.record?.fence);
    await opened.once.run({ type: 'charge', key: 'order-42' }, () => 'meanwhile');
    for (const action of ['clear', 'rerun', 'reconcile']) {
      const { status, body } = await opened.decide({ key, action, fence, ttl: '1h', result: '1' });
      assert.equal(status, 409);
      assert.match(body, /role="alert"/);
    }
    assert.equal(await opened.once.run({ type: 'charge', key: 'order-42' }, () => 'again'), 'meanwhile');
    assert.deepEqual((await opened.once.byHand().audit({ limit: 5 })).entries, []);
  });

  it('refuses a result that is no JSON, a retention that is none, and says so', async () => {
    opened = await OpenedPage.open();
    const key = await opened.vanish('charge', 'order-42');
    const form = { key, action: 'reconcile', outcome: 'completed' };
    assert.match((await opened.decide({ ...form, result: '{', ttl: '1h' })).body, /is no JSON/);
    assert.equal((await opened.decide({ ...form, result: '1', ttl: 'soon' })).status, 409);
    assert.equal((await opened.once.byHand().life(key))?.record?.state, 'vanished');
  });

  it('shows no result, no argument and no error text unless it was started to', async () => {
    opened = await OpenedPage.open();
    const key = opened.once.key({ type: 'charge', key: 'order-42' });
    await opened.once.run({ type: 'charge', key: 'order-42', args: [SECRET] }, () => ({ card: SECRET }));
    for (const path of [
      '/',
      '/records',
      '/live',
      '/unknown',
      '/audit',
      `/key?${new URLSearchParams({ key }).toString()}`,
    ])
      assert.ok(!(await opened.text(path)).body.includes(SECRET), path);
    assert.match(
      (await opened.text(`/key?${new URLSearchParams({ key }).toString()}`)).body,
      /bytes, not shown/,
    );
    await opened.close();
    opened = await OpenedPage.open({ reveal: true });
    await opened.once.run({ type: 'charge', key: 'order-42' }, () => ({ card: SECRET }));
    assert.ok((await opened.text(`/key?${new URLSearchParams({ key }).toString()}`)).body.includes(SECRET));
  });

  it('escapes whatever stands in keys, types, labels, owners, reasons and addresses', async () => {
    opened = await OpenedPage.open();
    const key = await opened.vanish(EVIL, EVIL, {
      workflowId: EVIL,
      runId: EVIL,
      activityId: EVIL,
      namespace: EVIL,
    });
    await opened.once.run({ type: `done ${EVIL}`, key: EVIL }, () => 1);
    await opened.once
      .byHand()
      .clear(opened.once.key({ type: `done ${EVIL}`, key: EVIL }), { who: EVIL, why: EVIL });
    const asked = new URLSearchParams({
      key,
      action: 'clear',
      type: EVIL,
      workflow: EVIL,
      label: EVIL,
      after: EVIL,
      day: EVIL,
    });
    for (const path of [
      '/',
      '/records',
      '/unknown',
      '/live',
      '/audit',
      '/coverage',
      '/schedules',
      '/key',
      '/decide',
    ])
      for (const query of ['', `?${asked.toString()}`]) {
        const { body } = await opened.text(`${path}${query}`);
        assert.ok(!/<script>|<img/.test(body), `${path}${query}`);
      }
    assert.match((await opened.text('/unknown')).body, /&lt;script&gt;/);
    assert.deepEqual(opened.errors, []);
  });

  it('answers a cursor, a key or a page that is none with what to do', async () => {
    opened = await OpenedPage.open();
    assert.equal((await opened.text('/records?after=x')).status, 400);
    assert.equal((await opened.text('/audit?after=x')).status, 400);
    assert.equal((await opened.text('/records?type=%00')).status, 400);
    assert.equal((await opened.text(`/records?after=${'9'.repeat(17)}-${'9'.repeat(19)}`)).status, 400);
    assert.equal((await opened.text('/key?key=none')).status, 404);
    assert.equal((await opened.text('/key')).status, 404);
    assert.equal((await opened.text('/nowhere')).status, 404);
    assert.equal((await opened.text('/schedules?day=2026-13-45')).status, 200);
    assert.equal((await opened.text(`/key?key=${encodeURIComponent('a\0b')}`)).status, 400);
    assert.deepEqual(opened.errors, []);
  });

  it('says so while Postgres can not be asked, and shows again when it answers', async () => {
    opened = await OpenedPage.open();
    await opened.services.query('ALTER TABLE {schema}.records RENAME TO elsewhere');
    const { status } = await opened.text('/records');
    assert.ok(status >= 400);
    await opened.services.query('ALTER TABLE {schema}.elsewhere RENAME TO records');
    assert.equal((await opened.text('/records')).status, 200);
  });

  it('shows what became of schedules, and why it can not be told', async () => {
    const finding = {
      severity: 'error',
      rule: 'missed',
      scheduleId: `nightly ${EVIL}`,
      firstAt: '2026-01-01T00:30:00Z',
      proof: '3 nominal times have no run',
      change: 'Backfill them',
    } as const;
    const counts = { expected: 48, started: 45 };
    let reachable = true;
    opened = await OpenedPage.open({
      health: () =>
        reachable
          ? Promise.resolve({
              checkedAt: '2026-01-01T12:00:00Z',
              healthy: false,
              schedules: [
                { scheduleId: finding.scheduleId, paused: true, since: '2025-12-31T12:00:00Z', counts },
              ],
              findings: [finding],
              notes: ['looked back 3d'],
            })
          : Promise.reject(new Error('connection refused')),
    });
    assert.match((await opened.text('/schedules')).body, /href="\/health"/);
    const { body } = await opened.text('/health');
    for (const said of [/missed/, /3 nominal times have no run/, /paused/, /<td>45<\/td>/, /looked back 3d/])
      assert.match(body, said);
    assert.ok(!/<script>|<img/.test(body));
    reachable = false;
    assert.match((await opened.text('/health')).body, /could not be asked: connection refused/);
    await opened.close();
    opened = await OpenedPage.open();
    assert.match((await opened.text('/health')).body, /--health/);
  });
});
