import { join } from 'node:path';
import { Idempotency } from '../../src';
import { assert } from '../helpers/assert';
import { Commands, type Ran } from '../helpers/command';
import { dropSchema, need } from '../helpers/services';
import { DATABASE_URL, randomId, TEMPORAL_ADDRESS } from './support/world';

const FACILITY = join(__dirname, '..', '..', '..', 'examples', 'facility', 'plan.yaml');
const FROM = ['--from', '2026-01-01T00:00:00Z'];
const HOLDS = `version: 1
plan: small
jobs:
  one:
    why: Every hour.
    every: 1h
    workflow: { type: one, taskQueue: q, executionTimeout: 30m }
  two:
    why: Every other hour.
    cron: '30 */2 * * *'
    workflow: { type: two, taskQueue: q, executionTimeout: 30m }
`;
const WRONG = HOLDS.replace('every: 1h', 'every: soon').replace('why: Every hour.', 'timeZone: UTC');

/** Our own words where a person types them, and the global flags of the stock command line before, between and after. */
describe('[integration] temporal schedule plan validate, matrix and diff, run by the stock command line', () => {
  let commands: Commands;
  let schema: string | undefined;
  let holds: string;
  let wrong: string;
  before(async function () {
    need(this, 'ONCE_TEMPORAL_BIN', 'DATABASE_URL', 'TEMPORAL_ADDRESS');
    commands = new Commands({ DATABASE_URL, TEMPORAL_ADDRESS });
    holds = commands.write('holds.yaml', HOLDS);
    wrong = commands.write('wrong.yaml', WRONG);
    schema = randomId('once_test');
    await Idempotency.migrate({ postgres: DATABASE_URL, schema });
  });
  after(async () => {
    commands?.close();
    if (schema !== undefined) await dropSchema(schema);
  });

  const PLAN = ['schedule', 'plan'];
  /** The same with global flags in front of all, before the command, and behind all. */
  async function inEachPlace(globals: readonly string[], args: readonly string[]): Promise<Ran[]> {
    return [
      await commands.temporal([...globals, ...PLAN, ...args]),
      await commands.temporal([...PLAN, ...globals, ...args]),
      await commands.temporal([...PLAN, ...args, ...globals]),
    ];
  }
  const where = (): string[] => ['--schema', schema ?? ''];

  it('validate: exit codes 0, 1 and 2 pass through', async () => {
    for (const [plan, code] of [
      [holds, 0],
      [FACILITY, 1],
      [wrong, 2],
    ] as const) {
      const ran = await commands.temporal([...PLAN, 'validate', plan, ...FROM]);
      assert.equal(ran.code, code, ran.err);
    }
  });

  it('validate -o json, and other global flags, wherever they are typed', async () => {
    const globals = ['-o', 'json', '--color', 'never', '--log-level', 'error', '--disable-config-file'];
    for (const { code, out, err } of await inEachPlace(globals, ['validate', FACILITY, ...FROM])) {
      assert.equal(code, 1, err);
      const { holds, findings } = JSON.parse(out) as { holds: boolean; findings: { rule: string }[] };
      assert.deepEqual([holds, findings[0]?.rule], [false, 'avoid']);
    }
    for (const { code, out } of await inEachPlace(globals, ['validate', wrong])) {
      assert.equal(code, 2);
      assert.deepEqual(
        (JSON.parse(out) as { line: number }[]).map(({ line }) => line),
        [4, 5, 6],
      );
    }
  });

  it('a plan from standard input is passed on', async () => {
    const { code, err } = await commands.temporal([...PLAN, 'validate', '-', ...FROM], {}, WRONG);
    assert.equal(code, 2);
    assert.match(err, /^<stdin>:4:3: /);
  });

  it('matrix: text, JSON and none; 0 and 2', async () => {
    const text = await commands.temporal([...PLAN, 'matrix', FACILITY, ...FROM]);
    assert.equal(text.code, 0, text.err);
    assert.match(text.out, /\n00 {2}!····1/);
    for (const { code, out, err } of await inEachPlace(['-o', 'json'], ['matrix', FACILITY, ...FROM])) {
      assert.equal(code, 0, err);
      assert.equal((JSON.parse(out) as { minute: number }[])[0]?.minute, 0);
    }
    assert.deepEqual((await commands.temporal([...PLAN, 'matrix', holds, '-o', 'none'])).out, '');
    assert.equal((await commands.temporal([...PLAN, 'matrix', wrong])).code, 2);
  });

  it('jsonl is a document a line of whatever is a list, none of nothing', async () => {
    const jsonl = async (...args: string[]): Promise<unknown[]> => {
      const { out } = await commands.temporal([...PLAN, ...args, '-o', 'jsonl']);
      return out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as unknown]));
    };
    const diffs = (await jsonl('diff', holds, ...where())) as { kind: string; job: string }[];
    assert.deepEqual(
      diffs.map(({ kind, job }) => [kind, job]),
      [
        ['create', 'one'],
        ['create', 'two'],
      ],
    );
    assert.deepEqual(await jsonl('apply', holds, '--dry-run', ...where()), diffs);
    assert.deepEqual(await jsonl('drift', holds, ...where()), []);
    const exported = await jsonl('export', holds);
    assert.deepEqual([exported.length, typeof exported[0]], [2, 'string']);
    assert.equal((await jsonl('validate', wrong)).length, 3);
    assert.equal((await jsonl('matrix', holds, ...FROM)).length, 36);
  });

  it('diff: 0, 1 and 2 pass through; colours by --color alone', async () => {
    const diff = (...args: string[]): Promise<Ran> =>
      commands.temporal([...PLAN, 'diff', ...args, ...where()]);
    assert.equal((await diff(holds)).code, 0);
    assert.equal((await diff(holds, '--fail-on-difference')).code, 1);
    assert.equal((await diff(wrong)).code, 2);
    assert.equal((await diff(holds, '--address', '127.0.0.1:1')).code, 1);
    const green = '\u001b[32mcreate small.one\u001b[39m\n';
    assert.ok((await diff(holds, '--color', 'always')).out.startsWith(green));
    for (const color of ['never', 'auto'])
      assert.ok((await diff(holds, '--color', color)).out.startsWith('create small.one\n'), color);
  });

  it('the help of each command has examples that its flags allow', async () => {
    const { out } = await commands.temporal([...PLAN, '--help']);
    const names = [...out.matchAll(/^ {2}([a-z]+) .*?(?:<plan|\[options\])/gm)].map(([, name]) => name ?? '');
    const wanted = 'times validate matrix coordinate diff apply prune drift export import health guard';
    for (const name of wanted.split(' ')) assert.ok(names.includes(name), name);
    const globals = out;
    for (const name of names) {
      const help = await commands.direct('temporal-schedule-plan', [name, '--help']);
      const [flags = '', examples = ''] = help.out.split('\nExamples:\n');
      assert.match(examples, new RegExp(`^ {2}temporal[ -]schedule[ -]plan ${name} `));
      for (const [flag] of examples.matchAll(/ --?[a-z-]+/g))
        assert.ok(`${flags}${globals}`.includes(flag), `${name}:${flag}`);
    }
  });
});
