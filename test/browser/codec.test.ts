import { defaultDataConverter } from '@temporalio/common';
import type { Browser, Page } from 'playwright-core';
import { assert } from '../helpers/assert';
import { need } from '../helpers/services';
import { CodecServer, maskingCodec } from '../integration/support/codec-server';
import { launchBrowser } from './browser';
import { OpenedPage } from './opened-page';
import { servePage, type ServedPage } from './served-page';

const AUTH = 'Bearer of-the-page';
const SECRET = 'card-4242-is-a-secret';

/** The page as the command serves it, before records of workers whose codec is the one of the codec server. */
describe('[page] outcomes through a codec server', function () {
  this.timeout(120_000);
  let opened: OpenedPage;
  let codec: CodecServer;
  let browser: Browser;
  let page: Page;
  const served: ServedPage[] = [];

  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL', 'ONCE_CHROMIUM_BIN');
    opened = await OpenedPage.open();
    browser = await launchBrowser();
  });
  beforeEach(async () => {
    codec = await CodecServer.open(AUTH);
    page = await browser.newPage();
  });
  afterEach(async () => {
    await page?.close();
    for (const one of served.splice(0)) await one.end();
    await codec?.close();
  });
  after(async () => {
    await browser?.close();
    await opened?.close();
  });

  async function serving(...args: string[]): Promise<string> {
    const one = await servePage(opened.services.schema, [
      '--codec-endpoint',
      codec.url,
      '--codec-auth',
      AUTH,
      ...args,
    ]);
    served.push(one);
    return one.url;
  }
  const keyed = (url: string, path: string, key: string, more: Record<string, string> = {}): string =>
    `${url}${path}?${new URLSearchParams({ key, ...more }).toString()}`;

  /** As a worker with that codec would be: what the page records has to be read by it. */
  const worker = () =>
    opened.services.connect({
      redis: undefined,
      dataConverter: { ...defaultDataConverter, payloadCodecs: [maskingCodec] },
    });
  async function atRest(key: string): Promise<{ state: number; text: string }> {
    const [row] = await opened.services.query('SELECT state, payload FROM {schema}.records WHERE key = $1', [
      key,
    ]);
    return {
      state: Number(row?.['state']),
      text: Buffer.from((row?.['payload'] as Buffer | null) ?? []).toString('latin1'),
    };
  }
  async function fill(url: string, key: string): Promise<void> {
    await page.goto(keyed(url, 'decide', key, { action: 'reconcile' }));
    await page.getByLabel('Why').fill('seen at the provider');
  }
  async function send(): Promise<void> {
    await page.getByLabel('I have found out').check();
    await page.getByRole('button', { name: 'Record' }).click();
  }

  it('a result that was found out is kept as the codec of the workers encodes it, and they read it', async () => {
    const key = await opened.vanish('charge', 'coded-result');
    const url = await serving();
    await fill(url, key);
    await page.getByText('Encoded by the codec server').waitFor();
    await page.getByLabel('Result, as JSON').fill(JSON.stringify({ receipt: SECRET }));
    await send();
    await page.waitForURL(/done=reconcile/);
    const { state, text } = await atRest(key);
    assert.equal(state, 2);
    assert.ok(text.includes('binary/masked') && !text.includes(SECRET));
    assert.deepEqual(
      codec.asked.map(({ path, namespace }) => [path, namespace]),
      [['/encode', 'default']],
    );
    const replayed = await (await worker()).run({ type: 'charge', key: 'coded-result' }, () => 'ran');
    assert.deepEqual(replayed, { receipt: SECRET });
  });

  it('neither does an error that was found out lie there in plain', async () => {
    const key = await opened.vanish('charge', 'coded-error');
    await fill(await serving(), key);
    await page.getByLabel('with an error').check();
    await page.getByLabel('Message of the error').fill(`declined: ${SECRET}`);
    await page.getByLabel('Type of the error').fill('CardDeclined');
    await send();
    await page.waitForURL(/done=reconcile/);
    const { state, text } = await atRest(key);
    assert.equal(state, 3);
    assert.ok(text.includes('CardDeclined') && !text.includes(SECRET));
    const service = await worker();
    await assert.rejects(
      service.run({ type: 'charge', key: 'coded-error' }, () => 'ran'),
      new RegExp(SECRET),
    );
  });

  it('writes nothing while the codec server is down or refuses, says so, and keeps what was typed', async () => {
    const key = await opened.vanish('charge', 'codec-down');
    const url = await serving();
    const before = await opened.once.byHand().life(key);
    await fill(await serving('--codec-auth', 'Bearer of-somebody-else'), key);
    await send();
    assert.match(await page.getByRole('alert').innerText(), /Nothing was changed\. .*answered 403/);
    await codec.close();
    for (const end of ['result', 'error']) {
      await fill(url, key);
      if (end === 'result') await page.getByLabel('Result, as JSON').fill('\n{"receipt": 7}');
      else {
        await page.getByLabel('with an error').check();
        await page.getByLabel('Message of the error').fill('declined');
      }
      const answer = page.waitForResponse((one) => one.request().method() === 'POST');
      await send();
      assert.equal((await answer).status(), 502);
      const said = await page.getByRole('alert').innerText();
      assert.match(said, /Nothing was changed\. codec server .*could not be asked.*--codec-endpoint/);
      assert.equal(await page.getByLabel('Why').inputValue(), 'seen at the provider');
      if (end === 'result')
        assert.equal(await page.getByLabel('Result, as JSON').inputValue(), '\n{"receipt": 7}');
      else {
        assert.ok(await page.getByLabel('with an error').isChecked());
        assert.equal(await page.getByLabel('Message of the error').inputValue(), 'declined');
      }
      // Whoever sends it again has to tick again.
      assert.ok(!(await page.getByLabel('I have found out').isChecked()));
    }
    const after = await opened.once.byHand().life(key);
    assert.deepEqual([after?.record?.state, after?.record?.fence], ['vanished', before?.record?.fence]);
    assert.deepEqual(after?.audit, []);
    assert.equal((await atRest(key)).text, '');
  });

  it('shows what workers recorded where it was started to, and says why it can not', async () => {
    const key = opened.once.key({ type: 'charge', key: 'revealed' });
    const service = await worker();
    await service.run({ type: 'charge', key: 'revealed' }, () => ({ receipt: SECRET }));
    await page.goto(keyed(await serving(), 'key', key));
    await page.getByText('bytes, not shown').waitFor();
    assert.ok(!(await page.content()).includes(SECRET));
    assert.deepEqual(codec.asked, [], 'nobody asked to see it');
    const revealing = await serving('--reveal');
    await page.goto(keyed(revealing, 'key', key));
    assert.match(await page.getByRole('region', { name: 'Outcome' }).innerText(), new RegExp(SECRET));
    await codec.close();
    await page.reload();
    const outcome = await page.getByRole('region', { name: 'Outcome' }).innerText();
    assert.match(outcome, /can not be decoded now: codec server .*could not be asked/);
  });
});
