import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { assert } from '../helpers/assert';
import { env, need } from '../helpers/services';
import { alertQueries, dashboard, dashboardQueries, instrumentOf, labelsIn, namesIn, RULES } from './queries';

const run = promisify(execFile);
const TRIALS = join(__dirname, '..', '..', '..', 'test', 'metrics', 'alerts.tests.yml');

/** What Prometheus adds. */
const ADDED = ['le', 'instance'];

describe('[contract] queries of the alerts and the dashboard', () => {
  for (const { place, ...query } of [...alertQueries(), ...dashboardQueries()]) {
    it(`${place}: asks for metrics and labels that there are`, () => {
      const names = namesIn({ place, ...query });
      assert.ok(names.length > 0, query.text);
      const known = names.map((name) => {
        const instrument = instrumentOf(name);
        assert.ok(instrument, `${name} is no metric`);
        if (instrument.kind === 'counter') assert.match(query.text, /\b(rate|increase)\(/, 'a counter, bare');
        return instrument.labels;
      });
      const allowed = [...known.flat(), ...ADDED];
      for (const label of labelsIn({ place, ...query })) assert.ok(allowed.includes(label), label);
    });
  }

  it('the dashboard has panels with ids of their own, on a data source that is chosen', () => {
    const { panels, templating } = dashboard();
    const ids = panels.map((panel) => (panel as unknown as { id: number }).id);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(templating.list.length === 2);
    assert.ok(dashboardQueries().length > 20);
  });
});

describe('[contract] alert rules, by promtool', function () {
  this.timeout(120_000);
  before(function () {
    need(this, 'ONCE_PROMTOOL_BIN');
  });

  const promtool = async (...args: string[]): Promise<void> => {
    try {
      await run(env('ONCE_PROMTOOL_BIN'), args);
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      assert.fail(`${stdout}\n${stderr}`);
    }
  };

  it('are rules', () => promtool('check', 'rules', RULES));

  it('fire on what they are for, and on nothing else', () => promtool('test', 'rules', TRIALS));

  it('and the queries of the dashboard are queries', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'once-queries-'));
    try {
      const rules = dashboardQueries().map(({ text }, n) => ({
        record: `panel:query:${n}`,
        expr: text.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'),
      }));
      const file = join(folder, 'queries.yml');
      writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules }] }));
      await promtool('check', 'rules', file);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
