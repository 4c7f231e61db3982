import { readFileSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { env } from '../helpers/services';

/** The Chromium of this machine, without a window. */
export function launchBrowser(): Promise<Browser> {
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({
    executablePath: env('ONCE_CHROMIUM_BIN'),
    args: [...asRoot, '--disable-dev-shm-usage'],
  });
}

interface Axe {
  run(): Promise<{
    violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[];
  }>;
}

/** What axe finds on the page as it is now, in words. */
export async function violationsOn(page: Page): Promise<string[]> {
  // Through the debugger: the page itself runs no script but its own.
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: Axe }).axe.run());
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ''}`),
  );
}
