import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { assert } from '../helpers/assert';

const run = promisify(execFile);
const ROOT = join(__dirname, '../../..');
const squeeze = (text: string): string => text.replace(/\s+/g, ' ');

describe('[integration] the example of starts', function () {
  this.timeout(90_000);

  it('starts once, refuses other arguments, reports once a day', async () => {
    const { stdout } = await run(process.execPath, [join(__dirname, '../../examples/doors/starts.js')]);
    const lines = stdout.trim().split('\n');
    assert.match(lines[0] ?? '', /^global\/orderWorkflow\/(order-\d+): receipt \1 over 4200 cents$/);
    assert.equal(lines[1], 'started twice, one run: true');
    assert.equal(lines[2], 'refused: FINGERPRINT_MISMATCH');
    assert.match(lines[3] ?? '', /^global\/dailyReport\/@\d{4}-\d\d-\d\d@north: report of north$/);
    assert.equal(lines[4], 'and again: report of north');
  });

  it('is the code that docs/starts.md shows', () => {
    const page = readFileSync(join(ROOT, 'docs/starts.md'), 'utf8');
    const example = squeeze(readFileSync(join(ROOT, 'examples/doors/starts.ts'), 'utf8'));
    const shown = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code ?? '');
    const taken = shown.filter((code) => code.includes('startOptions'));
    assert.ok(taken.length > 0);
    for (const code of taken) {
      // Each statement on its own: the page leaves out what lies between.
      for (const part of code.split(/\n\n/)) assert.ok(example.includes(squeeze(part).trim()), part);
    }
  });
});
