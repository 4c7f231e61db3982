import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { assert } from '../helpers/assert';
import { need } from '../helpers/services';

const run = promisify(execFile);
const ROOT = join(__dirname, '../../..');
const squeeze = (text: string): string => text.replace(/\s+/g, ' ');

describe('[integration] the HTTP example, from the edge to the effect', function () {
  this.timeout(90_000);
  before(function () {
    need(this, 'DATABASE_URL');
  });

  it('a server killed after it started the workflow: one workflow, one charge, one response', async () => {
    const { stdout } = await run(process.execPath, [join(__dirname, '../../examples/http/main.js')]);
    const lines = stdout.split('\n');
    assert.equal(lines.filter((line) => line.startsWith('charging ')).length, 1, stdout);
    assert.ok(lines.includes('first server: connection lost'), stdout);
    const answers = lines.filter((line) => line.startsWith('second server: '));
    assert.match(answers.at(-1) ?? '', /^second server: 201 receipt-order-\d+$/, stdout);
    for (const one of answers.slice(0, -1)) assert.match(one, /409 A request is outstanding/);
    assert.match(stdout, /^again: 201 receipt-order-\d+, replayed$/m);
    assert.match(stdout, /^another order, the same key: 422 /m);
  });

  it('is the code that docs/http.md shows', () => {
    const docs = squeeze(readFileSync(join(ROOT, 'docs/http.md'), 'utf8'));
    const api = readFileSync(join(ROOT, 'examples/http/api.ts'), 'utf8');
    const shown = /const scope = [\s\S]*?void api\(request, response\)\);/.exec(api)?.[0] ?? 'not found';
    assert.ok(docs.includes(squeeze(shown)));
  });
});
