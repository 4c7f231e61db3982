import nodeCrypto from 'node:crypto';
import { request } from 'node:http';
import { isLoopback, isSame, Access } from '../../src/dashboard/access';
import { dashboardApp } from '../../src/dashboard/app';
import { readPlanFile } from '../../src/schedules/plan';
import { TemporalUi } from '../../src/dashboard/temporal-ui';
import { placeOf } from '../../src/dashboard/guard';
import { assert } from '../helpers/assert';
import { need } from '../helpers/services';
import { FACILITY_PLAN, OpenedPage } from './opened-page';

/** What a browser sends when a name of somebody else's points here. */
function statusFor(opened: OpenedPage, host: string, path = '/live'): Promise<number | undefined> {
  const { hostname, port } = new URL(opened.page.url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

describe('[page] who may use the page', () => {
  let opened: OpenedPage;
  before(function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
  });
  afterEach(() => opened?.close());

  it('answers on loopback to loopback names only: a name that was made to point here is refused', async () => {
    opened = await OpenedPage.open({ allowedHosts: ['once.example.com'] });
    const { port } = new URL(opened.page.url);
    for (const host of [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      'LOCALHOST',
      '[::1]:9000',
      'once.example.com',
    ])
      assert.equal(await statusFor(opened, host), 200, host);
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      '10.0.0.7',
      'localhost.evil.example',
      'evil@localhost',
      '127.0.0.1.nip.io',
      ' ',
    ])
      assert.ok([400, 421].includes((await statusFor(opened, host)) ?? 0), host);
  });

  it('demands a token elsewhere, and takes it for a cookie that scripts and other sites do not get', async () => {
    opened = await OpenedPage.open({ host: '0.0.0.0' });
    const url = new URL(opened.page.url);
    url.hostname = '127.0.0.1';
    const token = url.searchParams.get('token') ?? '';
    assert.match(token, /^[\w-]{43}$/);
    const get = (path: string, cookie?: string) =>
      fetch(new URL(path, url), { redirect: 'manual', headers: cookie === undefined ? {} : { cookie } });
    assert.equal((await get('/live')).status, 401);
    assert.equal((await get('/?token=wrong')).status, 401);
    assert.equal((await get('/assets/page.css')).status, 200);
    const exchanged = await get(`/live?only=locks&token=${token}`);
    assert.equal(exchanged.status, 303);
    assert.equal(exchanged.headers.get('location'), '/live?only=locks');
    const cookie = exchanged.headers.get('set-cookie') ?? '';
    assert.match(cookie, /HttpOnly/);
    assert.match(cookie, /SameSite=Strict/);
    assert.ok(!cookie.includes(token));
    assert.equal((await get('/live', cookie.split(';')[0])).status, 200);
    assert.equal((await get('/live', `${cookie.split('=')[0]}=wrong`)).status, 401);
    // Two slashes would be another host.
    assert.equal(placeOf(`http://127.0.0.1//evil.example/?token=${token}&a=b`), '/evil.example/?a=b');
    const form = new URLSearchParams({ action: 'clear', key: 'k', sure: 'yes' });
    assert.equal((await fetch(new URL('/decide', url), { method: 'POST', body: form })).status, 401);
  });

  it('demands a token on loopback where that is asked for', async () => {
    opened = await OpenedPage.open({ demandToken: true });
    assert.equal(opened.page.demandsToken, true);
    assert.equal((await opened.text('/live')).status, 401);
  });

  it('accepts addresses and its own names where it listens elsewhere, and no other name', () => {
    const access = new Access('0.0.0.0', false, ['Once.Example.com']);
    for (const host of ['10.0.0.7:80', '[fe80::1]:80', 'once.example.com', 'localhost:1'])
      assert.ok(access.acceptsHost(host), host);
    for (const host of ['evil.example', '', undefined, 'a b'])
      assert.ok(!access.acceptsHost(host), String(host));
    assert.deepEqual(
      ['127.9.9.9', '::1', 'localhost', '0.0.0.0', '::', '10.0.0.1', '127.evil'].map(isLoopback),
      [true, true, true, false, false, false, false],
    );
  });

  it('tells the browser to keep nothing, to frame nothing and to run its own script alone, in every answer', async () => {
    opened = await OpenedPage.open();
    for (const path of [
      '/',
      '/key?key=none',
      '/nowhere',
      '/assets/page.css',
      '/decide?action=clear&key=none',
    ]) {
      const { headers } = await opened.text(path);
      const policy = headers.get('content-security-policy') ?? '';
      assert.equal(headers.get('cache-control'), 'no-store', path);
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /script-src 'self';/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.ok(!policy.includes('unsafe'), path);
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
      assert.equal(headers.get('x-frame-options'), 'DENY', path);
      assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin', path);
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin', path);
      assert.equal(headers.get('referrer-policy'), 'same-origin', path);
    }
    const { body } = await opened.text('/');
    assert.ok(
      !/<script(?! src="\/assets\/)|\son\w+=|\sstyle=|https?:\/\/(?!localhost:8233|www\.w3\.org)/.test(body),
    );
  });

  it('compares secrets in a time that does not depend on where they differ', () => {
    const crypto = nodeCrypto as { timingSafeEqual: (a: Buffer, b: Buffer) => boolean };
    const compare = crypto.timingSafeEqual;
    const lengths: number[][] = [];
    crypto.timingSafeEqual = (a, b) => {
      lengths.push([a.length, b.length]);
      return compare(a, b);
    };
    try {
      const secret = 'a'.repeat(43);
      const given = [secret, `b${secret.slice(1)}`, `${secret.slice(1)}b`, '', 'a', secret.repeat(9)];
      assert.deepEqual(
        given.map((one) => isSame(one, secret)),
        [true, false, false, false, false, false],
      );
      assert.equal(isSame(undefined, secret), false);
      // Whatever was given, as long as any other.
      assert.deepEqual(
        lengths,
        given.map(() => [32, 32]),
      );
    } finally {
      crypto.timingSafeEqual = compare;
    }
  });

  it('changes nothing by a form of another site, of another start, or without its tick', async () => {
    opened = await OpenedPage.open();
    const key = await opened.vanish('charge', 'order-1');
    const fields = { key, action: 'clear' };
    const refused: [Record<string, string>, Record<string, string>, number][] = [
      [{ ...fields, formToken: '' }, {}, 403],
      [{ ...fields, formToken: 'A'.repeat(43) }, {}, 403],
      [fields, { origin: 'http://evil.example' }, 403],
      [fields, { origin: 'null' }, 403],
      [fields, { 'sec-fetch-site': 'cross-site' }, 403],
      [fields, { 'sec-fetch-site': 'same-site' }, 403],
      [{ ...fields, sure: '' }, {}, 409],
      [{ ...fields, why: ' ' }, {}, 409],
      [{ ...fields, who: '' }, {}, 409],
      [{ ...fields, fence: '1x' }, {}, 409],
      [{ ...fields, action: 'drop' }, {}, 403],
    ];
    for (const [form, headers, status] of refused)
      assert.equal((await opened.decide(form, headers)).status, status, JSON.stringify([form, headers]));
    assert.equal((await opened.once.byHand().life(key))?.record?.state, 'vanished');
    assert.equal((await opened.decide(fields)).status, 303);
    assert.equal((await opened.once.byHand().life(key))?.record?.state, 'free');
  });

  it('decides nothing where it was started to read only', async () => {
    opened = await OpenedPage.open({ readOnly: true });
    const key = await opened.vanish('charge', 'order-1');
    const { body } = await opened.text(`/key?key=${encodeURIComponent(key)}`);
    assert.ok(!body.includes('/decide'));
    assert.ok(!(await opened.text('/unknown')).body.includes('/decide'));
    assert.equal((await opened.text(`/decide?action=clear&key=${encodeURIComponent(key)}`)).status, 404);
    // Not even for whoever has come by the token of its forms.
    const access = new Access('127.0.0.1', false, []);
    const temporalUi = new TemporalUi('http://localhost:8233', 'default');
    const { formToken } = access;
    const shown = {
      once: opened.once,
      temporalUi,
      readPlan: () => readPlanFile(FACILITY_PLAN),
      reveal: false,
      hasCodec: false,
      who: 'ada',
      formToken,
    };
    const app = dashboardApp({ ...shown, readOnly: true }, access, () => undefined);
    const form = { formToken, key, action: 'clear', sure: 'yes', who: 'ada', why: 'a test', fence: '' };
    const answer = await app.request('http://localhost/decide', {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { host: 'localhost' },
    });
    assert.equal(answer.status, 403);
    assert.equal((await opened.once.byHand().life(key))?.record?.state, 'vanished');
  });
});
