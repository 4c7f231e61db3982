import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { healthSources } from '../../src/health-sources';
import { apply } from '../../src/schedules/apply';
import { validatePlan } from '../../src/schedules/validate/validate-plan';
import { registeredPlan } from '../../src/registry/registered-plan';
import { assert } from '../helpers/assert';
import { need, startTemporal, type PrivateService, until } from '../helpers/services';
import { jobOf, planOf, PlanWorld } from '../integration/support/plans';
import { Services } from '../service/open';
import { launchBrowser, violationsOn } from './browser';
import { servePage, type ServedPage } from './served-page';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Longer than the catch-up window of the job, which is as short as the server lets it be. */
const AWAY_MS = 14 * SECOND;

/** Schedules of a server of the test's own that was away for a while, looked at through the command and a browser. */
describe('[page] schedules that are registered, and what became of them', function () {
  this.timeout(300_000);
  let server: PrivateService;
  let services: Services;
  let world: PlanWorld;
  let served: ServedPage;
  let browser: Browser;
  let page: Page;
  const made = { missed: '', dropped: '', report: '', rebuild: '' };

  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL', 'ONCE_TEMPORAL_BIN', 'ONCE_CHROMIUM_BIN');
    server = await startTemporal();
    services = new Services();
    const once = await services.connect({ redis: undefined });
    world = await PlanWorld.open(server.url);
    for (const name of Object.keys(made) as (keyof typeof made)[]) made[name] = world.id();
    const { owned } = healthSources(world.client, once.registered.store());
    // Nobody works: each run goes on until its timeout.
    const seconds = { spec: { intervals: [{ every: '1s' }] }, overlap: 'ALLOW_ALL' } as const;
    const runs = { workflow: { executionTimeoutMs: MINUTE } };
    const fires = planOf(
      'fires',
      jobOf(made.missed, { ...seconds, ...runs, catchupWindowMs: 10 * SECOND }),
      jobOf(made.dropped, { ...seconds, ...runs, overlap: 'SKIP' }),
    );
    const hourly = { tenant: 'acme', resource: 'warehouse', expectedDurationMs: 20 * MINUTE };
    const at = (offset: string) => ({ ...hourly, spec: { intervals: [{ every: '1h', offset }] } });
    await apply(fires, world.server, owned);
    // Each plan holds by itself: that they meet is seen where both are known.
    await apply(planOf('reports', jobOf(made.report, at('10m'))), world.server, owned);
    await apply(planOf('rebuilds', jobOf(made.rebuild, at('25m'))), world.server, owned);
    await sleep(3 * SECOND);
    server.signal('SIGSTOP');
    await sleep(AWAY_MS);
    server.signal('SIGCONT');
    served = await servePage(services.schema, ['--health', '--address', server.url]);
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  });
  after(async () => {
    await browser?.close();
    await served?.end();
    // Its schedules went with their server.
    await server?.stop();
    await services?.close();
  });

  /** Until what the server caught up with is in visibility. @returns the day of the finding, as it is written */
  async function found(rule: string, id: string): Promise<string> {
    const row = page.getByRole('row').filter({ hasText: id }).filter({ hasText: rule });
    await until(async () => {
      await page.goto(`${served.url}health`);
      return (await row.count()) > 0;
    }, 120_000);
    return (await row.first().getByRole('cell').nth(2).innerText()).slice(0, 10);
  }
  const lane = (id: string) =>
    page.locator('svg.strip g').filter({ has: page.locator(`title:text-is("${id}")`) });

  it('times that the server let pass are a mark on the lane of their schedule, and a row that says how to mend it', async () => {
    for (const [rule, id] of [
      ['missed', made.missed],
      ['dropped', made.dropped],
    ] as const) {
      const day = await found(rule, id);
      await page.goto(`${served.url}schedules?day=${day}`);
      const mark = lane(id)
        .locator('path.mark')
        .filter({ hasText: new RegExp(`^${rule}: `) });
      assert.equal(await mark.count(), 1, rule);
      const box = await mark.boundingBox();
      assert.ok((box?.width ?? 0) > 3 && (box?.height ?? 0) > 3, 'it can be seen');
      const row = page
        .getByRole('region', { name: `What became of runs on ${day}` })
        .getByRole('row')
        .filter({ hasText: id })
        .filter({ hasText: rule });
      assert.match(
        await row.innerText(),
        new RegExp(`^${rule === 'missed' ? 'error' : 'warning'}\\s+${rule}`),
      );
      assert.match(
        (await row.getByRole('link', { name: id }).getAttribute('href')) ?? '',
        new RegExp(`/namespaces/default/schedules/${id}$`),
      );
    }
    assert.equal(await lane(made.report).locator('path.mark').count(), 0, 'nothing became of that one');
    await page.goto(`${served.url}schedules?day=2026-01-01`);
    assert.equal(await page.locator('path.mark').count(), 0, 'on another day there was nothing');
  });

  it('two schedules of different plans that need the same thing collide on the strip and in the list', async () => {
    await page.goto(`${served.url}schedules?day=2026-01-01`);
    await page.getByRole('img', { name: /Runs of namespace default on 2026-01-01/ }).waitFor();
    for (const id of [made.report, made.rebuild])
      assert.match((await lane(id).locator('path.collides').getAttribute('d')) ?? '', /^M/, id);
    assert.equal(await lane(made.dropped).locator('path.collides').getAttribute('d'), '');
    const collisions = page.getByRole('region', { name: 'Collisions on 2026-01-01' });
    const both = [made.report, made.rebuild].join(', ');
    assert.match(await collisions.innerText(), new RegExp(`00:10\\s+${both}\\s+01:10\\s+${both}`));
    const broken = page.getByRole('region', { name: /Findings of the validation/ });
    assert.match(await broken.innerText(), /error\s+overlap/);
    assert.deepEqual(await violationsOn(page), []);
  });

  it('what is registered reads as the plan that was applied', async () => {
    const once = await services.connect({ redis: undefined });
    const plan = await registeredPlan(once.registered.store(), 'default');
    assert.deepEqual(
      plan.jobs.map(({ id }) => id),
      Object.values(made).sort(),
    );
    const report = plan.jobs.find(({ id }) => id === made.report);
    assert.deepEqual(
      [report?.resource, report?.expectedDurationMs, report?.tenant, report?.paused],
      ['warehouse', 20 * MINUTE, 'acme', false],
    );
    assert.ok(!validatePlan(plan).holds);
  });

  it('says so when the server can not be asked, and shows what is registered all the same', async () => {
    const alone = await servePage(services.schema, ['--health', '--address', server.url]);
    try {
      await server.stop();
      await page.goto(`${alone.url}schedules?day=2026-01-01`);
      await page
        .getByRole('alert')
        .filter({ hasText: /The Temporal server (could not be asked|has not answered yet)/ })
        .waitFor();
      assert.equal(await lane(made.report).count(), 1);
    } finally {
      await alone.end();
    }
  });
});
