import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Pool } from 'pg';
import { assert } from '../helpers/assert';
import { need, openPool, until } from '../helpers/services';
import type { Holding } from '../service/open';
import { launchBrowser, violationsOn } from './browser';
import { facilityDay, letGo, tellingKey } from './facility-day';
import { OpenedPage } from './opened-page';

const PLACES = [
  '/',
  '/?span=month',
  '/live',
  '/unknown',
  '/records',
  '/schedules',
  '/health',
  '/coverage',
  '/audit',
  '/nowhere',
];

describe('[page] in a browser', function () {
  this.timeout(120_000);
  let opened: OpenedPage;
  let pool: Pool;
  let held: Holding[] = [];
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let said: string[];

  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL', 'ONCE_CHROMIUM_BIN');
    opened = await OpenedPage.open();
    pool = openPool({ max: 1 });
    held = await facilityDay(opened, pool);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await letGo(held);
    await pool?.end();
    await opened?.close();
  });
  beforeEach(() => visit({}));
  afterEach(() => context?.close());

  async function visit(options: Parameters<Browser['newContext']>[0]): Promise<void> {
    context = await browser.newContext(options);
    page = await context.newPage();
    said = [];
    // A broken policy, a missing file and an uncaught error are all said here.
    page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
    page.on('pageerror', (error) => said.push(String(error)));
  }

  const go = (path: string) => page.goto(opened.at(path));
  /** A link that was followed may lead there a moment later. */
  const hasRows = (count: number) =>
    until(async () => (await page.getByRole('row').count()) === count, 30_000);
  const keyed = (path: string, key: string, more: Record<string, string> = {}) =>
    `${path}?${new URLSearchParams({ key, ...more }).toString()}`;

  for (const colorScheme of ['light', 'dark'] as const)
    it(`axe finds nothing on any page, ${colorScheme}`, async () => {
      await context.close();
      await visit({ colorScheme });
      const key = tellingKey(opened.once);
      const decisions = ['clear', 'rerun', 'reconcile'].map((action) => keyed('/decide', key, { action }));
      for (const path of [...PLACES, keyed('/key', key), ...decisions]) {
        await go(path);
        assert.deepEqual(await violationsOn(page), [], path);
      }
      await go('/');
      await page.locator('summary').click();
      assert.deepEqual(await violationsOn(page), []);
      // The answer 404 of the page that is none.
      assert.deepEqual(
        said.filter((line) => !line.includes('404')),
        [],
      );
    });

  it('shows what is saved, held and unknown, and a life that leads to the Temporal UI', async () => {
    await go('/');
    await page.getByRole('img', { name: /Duplicates answered, by hour: [\d,]+ in all/ }).waitFor();
    assert.ok((await page.locator('svg rect').count()) > 24);
    assert.equal(await page.locator('.tiles .bad b').innerText(), '3');
    await page.getByRole('link', { name: 'Live', exact: true }).click();
    await hasRows(1 + held.length);
    await page.getByRole('link', { name: 'Locks' }).click();
    await hasRows(2);
    await page.getByRole('link', { name: 'Unknown outcomes' }).click();
    await page.getByRole('link', { name: tellingKey(opened.once), exact: true }).click();
    const life = page.locator('.timeline');
    assert.match(
      await life.innerText(),
      /Claimed under fence \d+ by workflow checkout-order-4219, activity 6, attempt 1/,
    );
    assert.match(
      await life.innerText(),
      /Step reserve recorded[^]*Step authorise recorded[^]*the outcome is unknown/,
    );
    assert.equal(
      await life.getByRole('link', { name: 'checkout-order-4219' }).getAttribute('href'),
      'http://localhost:8233/namespaces/default/workflows/checkout-order-4219/0198d2f6-4f2a-7c11-9d10-000000000011/history',
    );
    assert.deepEqual(said, []);
  });

  it('shows a day of the plan, its collisions and what they come from', async () => {
    await go('/schedules?day=2026-01-01');
    await page.getByRole('img', { name: /Runs of plan facility on 2026-01-01/ }).waitFor();
    const collisions = page.getByRole('region', { name: 'Collisions on 2026-01-01' });
    assert.match(await collisions.innerText(), /00:00\s+autoclose, email-reports/);
    assert.match(
      await page.getByRole('region', { name: /Findings/ }).innerText(),
      /error\s+avoid\s+autoclose, email-reports/,
    );
    assert.ok((await page.locator('path.collides[d^=M]').count()) > 0);
    await page.getByRole('link', { name: 'Day after' }).click();
    await page.getByRole('img', { name: /on 2026-01-02/ }).waitFor();
  });

  it('an unknown outcome is decided by keyboard alone, and asks before it is', async () => {
    const key = await opened.vanish('charge', 'by-keyboard');
    await go(keyed('/key', key));
    await page.getByRole('link', { name: 'Reconcile…' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/decide/);
    await page.getByLabel('Result, as JSON').focus();
    await page.keyboard.type('"receipt-7"');
    await page.getByLabel('Why').focus();
    await page.keyboard.type('seen at the provider');
    await page.getByRole('button', { name: 'Record' }).focus();
    await page.keyboard.press('Enter');
    // The browser itself asks for the tick.
    assert.match(page.url(), /\/decide/);
    await page.getByLabel('I have found out').focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/key\?.*done=reconcile/);
    assert.match(await page.getByRole('status').first().innerText(), /Recorded/);
    assert.match(await page.locator('.timeline').innerText(), /ada decided reconcile .*seen at the provider/);
    assert.equal(await opened.once.run({ type: 'charge', key: 'by-keyboard' }, () => 'ran'), 'receipt-7');
    assert.deepEqual(said, []);
  });

  it('the first thing the keyboard reaches leads past the navigation', async () => {
    await go('/records');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to content');
    await page.keyboard.press('Enter');
    await until(async () => (await page.evaluate('document.activeElement.id')) === 'content');
  });

  it('refreshes by itself, but nothing under the focus, and can be told not to', async () => {
    await page.clock.install();
    await go('/live');
    const row = page.getByRole('link', { name: /refreshed-1$/ });
    const lock = await opened.once.acquireLock('refreshed-1');
    await page.clock.runFor(5_100);
    await row.waitFor();
    await row.focus();
    await lock.release();
    const asked = page.waitForResponse((answer) => answer.url().endsWith('/live'));
    await page.clock.runFor(5_100);
    await asked;
    assert.equal(await row.count(), 1);
    await page.getByRole('link', { name: 'All' }).focus();
    await until(async () => {
      await page.clock.runFor(5_100);
      return (await row.count()) === 0;
    }, 30_000);
    await page.getByLabel(/Refresh every/).uncheck();
    let more = 0;
    page.on('request', () => more++);
    await page.clock.runFor(30_000);
    assert.equal(more, 0);
    assert.deepEqual(said, []);
  });

  it('says when it is not reached', async () => {
    await page.clock.install();
    await go('/live');
    await context.setOffline(true);
    await page.clock.runFor(5_100);
    await page.getByText('Not reached: what you see is older.').waitFor();
    await context.setOffline(false);
  });

  it('works without its script', async () => {
    await context.close();
    await visit({ javaScriptEnabled: false });
    const key = await opened.vanish('charge', 'without-script');
    await go('/records?type=charge');
    await page.getByRole('link', { name: key, exact: true }).click();
    await page.getByRole('link', { name: 'Clear…' }).click();
    await page.getByLabel('Why').fill('a test');
    await page.getByLabel('I know').check();
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.waitForURL(/done=clear/);
    assert.equal((await opened.once.byHand().life(key))?.record?.state, 'free');
  });

  it('a key in any script looks like what it is, and is copied as it is', async () => {
    const key = await opened.vanish('charge', 'safe\u202egnp.exe\u202c\u200b שלום');
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await go('/unknown');
    await page
      .getByRole('link', { name: /safe\\u202egnp\.exe\\u202c\\u200b שלום$/ })
      .first()
      .click();
    await page.waitForURL(/\/key/);
    await page.getByRole('button', { name: 'Copy key' }).click();
    await page.getByText('Copied.').waitFor();
    assert.equal(await page.evaluate('navigator.clipboard.readText()'), key);
    assert.deepEqual(said, []);
  });

  it('leads from the beginning of a key to its records, and keeps a filter in the address', async () => {
    const key = await opened.vanish('import', 'by-its-beginning-1');
    await page.goto(opened.at('/'));
    await page.getByRole('search').getByLabel('Key').fill(key.slice(0, -2));
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Records whose key begins so' }).click();
    await hasRows(2);
    await page.getByRole('link', { name: key, exact: true }).waitFor();
    await go('/unknown');
    await page.getByRole('textbox', { name: 'Type' }).fill('import');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/unknown\?type=import$/);
    await hasRows(2);
    assert.match((await page.locator('td time').getAttribute('title')) ?? '', /^claimed \d{4}-/);
  });

  it('a workflow id without end takes nothing from the sight of who decides', async () => {
    const key = await opened.vanish('charge', 'long', { workflowId: `w-${'x'.repeat(400)}` });
    for (const width of [1200, 400]) {
      await page.setViewportSize({ width, height: 800 });
      await go('/unknown');
      const box = await page.getByRole('link', { name: `Reconcile ${key}` }).boundingBox();
      assert.ok(box !== null && box.x + box.width <= width, `${width}: ${JSON.stringify(box)}`);
    }
  });

  it('runs no script that stands in a key, a type, an owner or a reason', async () => {
    const evil = '<script>globalThis.bad=1</script><img src=x onerror="globalThis.bad=1">"\'';
    const key = await opened.vanish(evil, evil, { workflowId: evil, runId: evil });
    await opened.decide({ key, action: 'rerun', who: evil, why: evil });
    for (const path of [
      '/records',
      '/unknown',
      '/audit',
      '/',
      keyed('/key', key),
      keyed('/decide', key, { action: 'clear' }),
    ]) {
      await go(path);
      assert.equal(await page.evaluate(() => (globalThis as { bad?: number }).bad), undefined, path);
    }
    assert.deepEqual(said, []);
  });

  it('needs nothing from elsewhere', async () => {
    const asked = new Set<string>();
    page.on('request', (request) => asked.add(new URL(request.url()).origin));
    for (const path of PLACES) await go(path);
    assert.deepEqual([...asked], [new URL(opened.page.url).origin]);
  });

  it('can be read on a narrow screen without scrolling sideways', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    for (const path of PLACES) {
      await go(path);
      const wider = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      assert.ok(wider <= 0, `${path} is ${wider} px wider`);
    }
  });
});
