import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { assert } from '../helpers/assert';

const run = promisify(execFile);
const ROOT = join(__dirname, '../../..');
const squeeze = (text: string): string => text.replace(/\s+/g, ' ');

describe('[integration] the example of docs/messages.md', function () {
  this.timeout(90_000);

  it('three tries of a sender: two items, one payment', async () => {
    const { stdout } = await run(process.execPath, [join(__dirname, '../../examples/doors/messages.js')]);
    const lines = stdout
      .trim()
      .split('\n')
      .filter((line) => /^(receipt|SignalKey|in the)/.test(line));
    const [receipt, ...others] = lines;
    assert.match(receipt ?? '', /^receipt for 4200 cents, [12] items$/);
    assert.deepEqual(others, [
      receipt,
      receipt,
      'SignalKeyMissingError: signal addItem needs a key, so that the workflow can tell its repeats',
      'in the basket: shoes, shoes',
    ]);
  });

  it('is the code that docs/messages.md shows', () => {
    const page = readFileSync(join(ROOT, 'docs/messages.md'), 'utf8');
    const code = ['messages.ts', 'message-workflows.ts'].map((name) =>
      squeeze(readFileSync(join(ROOT, 'examples/doors', name), 'utf8')),
    );
    const shown = [...page.matchAll(/```ts example\n([\s\S]*?)```/g)].map(([, text]) => text ?? '');
    assert.ok(shown.length >= 2);
    for (const text of shown.flatMap((one) => one.split('\n\n'))) {
      assert.ok(
        code.some((file) => file.includes(squeeze(text).trim().replace(/;$/, ''))),
        text,
      );
    }
  });
});
