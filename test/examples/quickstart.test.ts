import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { assert } from '../helpers/assert';

const run = promisify(execFile);
const ROOT = join(__dirname, '../../..');
const squeeze = (text: string): string => text.replace(/\s+/g, ' ');

describe('[integration] the quickstart of the README', function () {
  this.timeout(90_000);

  it('two callers of one order: one charge, two receipts', async () => {
    const { stdout } = await run(process.execPath, [join(__dirname, '../../examples/quickstart/main.js')]);
    const charges = stdout.split('\n').filter((line) => line.startsWith('charging '));
    const receipts = stdout.split('\n').filter((line) => /^(web|retrying-queue)-order-\d+: /.test(line));
    assert.equal(charges.length, 1);
    assert.match(charges[0] ?? '', /\(key 1\/default\/global\/charge\/order-\d+, run 1\)$/);
    assert.equal(receipts.length, 2);
    assert.equal(new Set(receipts.map((line) => line.split(': ')[1])).size, 1, 'both got the same receipt');
  });

  it('is the code that the README shows', () => {
    const readme = squeeze(readFileSync(join(ROOT, 'README.md'), 'utf8'));
    const workflows = readFileSync(join(ROOT, 'examples/quickstart/workflows.ts'), 'utf8');
    const shown = /const \{ charge \}[\s\S]*?\}\);/.exec(workflows)?.[0] ?? 'not found';
    assert.ok(readme.includes(squeeze(shown)), 'the proxyActivities call is the same in both');
    assert.ok(readme.includes("import 'temporal-once/workflow';"));
    assert.ok(readme.includes('plugins: [once]'));
  });
});
