import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { assert } from '../helpers/assert';

const run = promisify(execFile);
const ROOT = join(__dirname, '../../..');
const squeeze = (text: string): string => text.replace(/\s+/g, ' ');

describe('[integration] the example of occurrences', function () {
  this.timeout(90_000);

  it('a run, its backfill and a trigger as of its time: one report', async () => {
    const { stdout } = await run(process.execPath, [join(__dirname, '../../examples/doors/occurrences.js')]);
    const lines = stdout.split('\n');
    assert.equal(lines.filter((line) => line === 'sending the report of site-7').length, 1);
    const results = lines.filter((line) =>
      /^(run|backfill|trigger as of that night): report-\d+$/.test(line),
    );
    assert.equal(results.length, 3, stdout);
    assert.equal(new Set(results.map((line) => line.split(': ')[1])).size, 1);
  });

  it('is the code that the page shows', () => {
    const page = squeeze(readFileSync(join(ROOT, 'docs/starts.md'), 'utf8'));
    const example = readFileSync(join(ROOT, 'examples/doors/occurrences.ts'), 'utf8');
    const shown = /client\.schedule\.create\(\{[\s\S]*?\n {4}\}\);/.exec(example)?.[0] ?? 'not found';
    assert.ok(page.includes(squeeze(shown)));
  });
});
