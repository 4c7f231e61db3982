import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nights } from '../../../../examples/facility/plan-in-typescript';
import { parsePlan, planProblemText } from '../../../../src/schedules/plan';
import { assert } from '../../../helpers/assert';

const page = readFileSync(join('docs', 'schedules.md'), 'utf8');
const section = page.slice(page.indexOf('\n## The plan file'));
const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(section)?.[1] ?? assert.fail(`no ${language}`);

describe('[edge] the plan files of docs/schedules.md', () => {
  it('the YAML is a plan', () => {
    const { plan, problems } = parsePlan(block('yaml'));
    assert.equal(problems.map(planProblemText).join('\n'), '');
    assert.deepEqual(
      plan?.jobs.map(({ id }) => id),
      ['facility.autoclose', 'facility.ticket-escalation'],
    );
  });

  it('the TypeScript is that of an example, which is a plan', () => {
    assert.equal(block('ts'), readFileSync(join('examples', 'facility', 'plan-in-typescript.ts'), 'utf8'));
    assert.equal(nights.jobs[0]?.id, 'facility-nights.backup');
  });

  it('the problems shown are those that are said', () => {
    const yaml = `version: 1
plan: facility
jobs:
  autoclose:
    why: x
    workflow:
      type: t
      taskQueue: q
    concurrencyPolicy: Forbid
    cron: '0 0 L * *'
    paused: false
    expiresAfter: 600
`;
    const said = parsePlan(yaml, { file: 'plan.yaml' }).problems.map(planProblemText);
    assert.equal(block('text'), `${said.join('\n')}\n`);
  });
});
