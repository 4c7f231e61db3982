import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../helpers/assert';

// It is run by the processes of test/integration/reconcile-crashes.test.ts.
describe('[edge] the example of a plan that workers apply', () => {
  it('is the code that docs/schedules.md shows', () => {
    const page = readFileSync(join('docs', 'schedules.md'), 'utf8');
    const example = readFileSync(join('examples', 'plan-at-start', 'apply-plan.ts'), 'utf8');
    assert.ok(page.includes(`\`\`\`ts\n${example}\`\`\``));
  });
});
