import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Idempotency } from '../../src';
import { assert } from '../helpers/assert';
import { Commands } from '../helpers/command';
import { dropSchema, env, need, randomName } from '../helpers/services';

const page = readFileSync(join('docs', 'operations.md'), 'utf8');
const section = page.slice(page.indexOf('\n## By hand'), page.indexOf('\n### Labels'));
const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``).exec(section)?.[1] ?? '';

describe('[integration] the session by hand in docs/operations.md', () => {
  const schema = randomName('once_test');
  const prefix = randomName('once-test');
  let commands: Commands;
  before(async function () {
    need(this, 'ONCE_TEMPORAL_BIN', 'DATABASE_URL', 'REDIS_URL');
    commands = new Commands();
    await Idempotency.migrate({ postgres: env('DATABASE_URL'), schema });
  });
  after(async () => {
    commands?.close();
    await dropSchema(schema);
  });

  it('in JavaScript it prints what the page says', async () => {
    // Inside the package, so that its name is found.
    const folder = mkdtempSync(join(__dirname, 'session-'));
    try {
      const script = join(folder, 'session.mjs');
      const place = `schema: '${schema}', prefix: '${prefix}', postgres:`;
      writeFileSync(script, block('js').replace('postgres:', place));
      const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 20_000 });
      assert.equal(stdout, `${block('text')}\n`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('from a shell too, through the Temporal CLI', async () => {
    const steps = block('console')
      .split(/^\$ temporal once /m)
      .slice(1);
    assert.ok(steps.length >= 5);
    for (const step of steps) {
      const [line = '', ...said] = step.trimEnd().split('\n');
      // As a shell takes the line apart.
      const args = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
        .split('\0')
        .slice(0, -1);
      const { code, out, err } = await commands.temporal([
        'once',
        ...args,
        '--schema',
        schema,
        '--prefix',
        prefix,
      ]);
      assert.equal(code, 0, err);
      const wanted = said
        .join('\n')
        .split('…')
        .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('[^\\n]*');
      assert.match(out.trimEnd(), new RegExp(`^${wanted}$`), line);
    }
  });
});
