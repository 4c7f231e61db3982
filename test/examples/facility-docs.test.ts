import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { planFile, runPlanCommand } from '../../examples/facility/plan-command';
import { readPlanFile } from '../../src';
import { assert } from '../helpers/assert';

const page = readFileSync(join('docs', 'schedules.md'), 'utf8');
const section = page.slice(
  page.indexOf('\n## The staggered plan'),
  page.indexOf('\n## Unique at registration'),
);
const nowhere = { temporalAddress: '', databaseUrl: '', onceSchema: '' };

describe('[integration] the staggered plan in docs/schedules.md', function () {
  this.timeout(20_000);

  it('the finding shown is what validate prints', async () => {
    const [, from = '', shown = ''] =
      /```text\n\$ temporal schedule plan validate plan.yaml --from (\S+)\n([^]*?)\n```/.exec(section) ?? [];
    const { code, out } = await runPlanCommand(['validate', planFile('plan.yaml'), '--from', from], nowhere);
    assert.equal(code, 1);
    assert.ok(out.replaceAll('examples/facility/', '').startsWith(`${shown}\n`), out);
  });

  it('the table says what the plan says', async () => {
    const { jobs } = await readPlanFile(planFile('plan.mended.yaml'));
    const rows = [...section.matchAll(/^\|([^\n]*)\|$/gm)].map(([, row = '']) =>
      row.split('|').map((cell) => cell.trim()),
    );
    const minutes = (text = ''): number =>
      Number.parseInt(text, 10) * (text.endsWith(' h') ? 60 : 1) * 60_000;
    for (const { name, workflow, expiresAfterMs } of jobs) {
      const [, , , queue, expiry, timeout] = rows.find(([, job]) => job === name) ?? assert.fail(name);
      assert.deepEqual(
        [queue, minutes(expiry), minutes(timeout)],
        [`\`${workflow.taskQueue}\``, expiresAfterMs, workflow.executionTimeoutMs],
      );
    }
  });
});
