import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openPool } from '../helpers/services';
import { launchBrowser } from './browser';
import { facilityDay, letGo, tellingKey } from './facility-day';
import { OpenedPage } from './opened-page';

const FOLDER = join(__dirname, '..', '..', '..', 'docs', 'images');

/** `node scripts/run.mjs screenshots` draws the pictures of docs/page.md again, from the facility of the demo. */
async function main(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const opened = await OpenedPage.open();
  const pool = openPool({ max: 1 });
  const held = await facilityDay(opened, pool);
  const browser = await launchBrowser();
  try {
    const key = new URLSearchParams({ key: tellingKey(opened.once) }).toString();
    const shots: [string, string, 'light' | 'dark', number][] = [
      ['overview', '/', 'light', 800],
      ['unknown', '/unknown', 'light', 480],
      ['key', `/key?${key}`, 'light', 620],
      ['schedules', '/schedules?day=2026-01-01', 'light', 900],
      ['coverage', '/coverage', 'dark', 480],
    ];
    for (const [name, path, colorScheme, height] of shots) {
      const context = await browser.newContext({ colorScheme, viewport: { width: 1200, height } });
      const page = await context.newPage();
      await page.goto(opened.at(path));
      await page.screenshot({ path: join(FOLDER, `page-${name}.png`) });
      await context.close();
      console.log(`docs/images/page-${name}.png`);
    }
  } finally {
    await browser.close();
    await letGo(held);
    await pool.end();
    await opened.close();
  }
}

void main();
