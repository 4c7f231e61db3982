import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Idempotency } from '../../src';
import { assert } from '../helpers/assert';
import { Commands } from '../helpers/command';
import { dropSchema, env, need, randomName } from '../helpers/services';
import { assertSaid, readPage, sectionsOf, stepsOf } from './doc-session';

const section = sectionsOf(readPage('operations.md'), 2).find(({ heading }) => heading === 'By hand');
const block = (language: string): string =>
  section?.blocks.find((one) => one.language === language)?.text ?? '';

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
    const steps = stepsOf(block('console'));
    assert.ok(steps.length >= 5);
    for (const { line, said } of steps) {
      // As a shell takes the line apart.
      const args = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
        .split('\0')
        .slice(1, -1);
      const { code, out, err } = await commands.temporal([...args, '--schema', schema, '--prefix', prefix]);
      assert.equal(code, 0, err);
      assertSaid(out, said, line);
    }
  });
});
