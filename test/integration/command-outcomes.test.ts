import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { exitCodeOf, Reported } from '../../src/cli/exit';
import { InvalidOptionError } from '../../src/errors';
import { PlanError } from '../../src/schedules/plan';
import { SpecError } from '../../src/schedules/spec';
import { MissingPeerError, SchemaNotMigratedError, StoreUnavailableError } from '../../src/store-errors';
import { assert } from '../helpers/assert';
import { Commands } from '../helpers/command';

const BOTH = ['temporal-once', 'temporal-schedule-plan'] as const;
/** Without an optional peer, as if it were not installed. */
const HIDES = `
  const Module = require('node:module');
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (name, ...rest) {
    if (name === process.env.HIDDEN_PEER) throw new Error('Cannot find module ' + name);
    return resolve.call(this, name, ...rest);
  };`;

describe('[integration] how commands end', function () {
  this.timeout(180_000);
  const commands = new Commands();
  after(() => commands.close());
  let plan: string;
  before(() => (plan = commands.write('plan.yaml', 'version: 1\nplan: p\njobs: {}\n')));
  const POSTGRES = ['--postgres', 'postgres://127.0.0.1:1/none'];

  it('one table makes exit codes of errors', () => {
    const why = new Error('x');
    for (const [error, code] of [
      [new InvalidOptionError('a', 'b', 'c'), 2],
      [new PlanError([]), 2],
      [new SpecError([]), 2],
      [new MissingPeerError('pg', 'postgres', why), 2],
      [new Reported(2), 2],
      [new Reported(1), 1],
      [new SchemaNotMigratedError('s', 0, 5), 1],
      [new StoreUnavailableError('claim', why), 1],
      [why, 1],
    ] as const)
      assert.equal(exitCodeOf(error), code, String(error));
  });

  it('a peer that is not installed, and a profile that is not there: 2 from both', async () => {
    const hide = { NODE_OPTIONS: `--require ${commands.write('hide.cjs', HIDES)}` };
    const asks = {
      'temporal-once': ['upkeep', 'install', ...POSTGRES],
      'temporal-schedule-plan': ['diff', plan, ...POSTGRES],
    };
    for (const command of BOTH) {
      const profile = [...asks[command], '--profile', 'nobody'];
      const hidden = await commands.direct(command, profile, {
        ...hide,
        HIDDEN_PEER: '@temporalio/envconfig',
      });
      assert.deepEqual([command, hidden.code, hidden.out], [command, 2, ''], hidden.err);
      assert.match(hidden.err, /npm install @temporalio\/envconfig/);
      const unknown = await commands.direct(command, profile);
      assert.deepEqual([command, unknown.code, unknown.out], [command, 2, ''], unknown.err);
      assert.match(unknown.err, /--profile.*'nobody' not found/);
    }
    const pg = await commands.direct('temporal-once', ['migrate', ...POSTGRES], {
      ...hide,
      HIDDEN_PEER: 'pg',
    });
    assert.deepEqual([pg.code, pg.out], [2, ''], pg.err);
    assert.match(pg.err, /npm install pg/);
  });

  it('unknown commands, flags and values are 2, help that was asked for is 0: from both', async () => {
    for (const command of BOTH) {
      for (const wrong of [['nonsense'], ['-o', 'yaml'], ['--color', 'sometimes'], []]) {
        const { code, out } = await commands.direct(command, wrong);
        assert.deepEqual([command, wrong, code, out], [command, wrong, 2, '']);
      }
      const { code, out } = await commands.direct(command, ['--help']);
      assert.equal(code, 0);
      assert.match(out, /^Exit codes: 0 done, 1 /m);
    }
  });

  it('a store that is away is 1, said in one line', async () => {
    const { code, err } = await commands.direct('temporal-once', ['upkeep', 'run', ...POSTGRES]);
    assert.equal(code, 1);
    assert.match(err, /^error: Postgres could not be asked[^\n]*\n$/);
  });

  it('a reader that has seen enough changes neither exit code nor stderr', async () => {
    const main = join(__dirname, '..', '..', 'src', 'cli', 'plan', 'main.js');
    const child = spawn(process.execPath, [main, 'times', '--cron', '* * * * *', '--count', '100000']);
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
    child.stdout.once('data', () => child.stdout.destroy());
    const [code] = (await once(child, 'close')) as unknown[];
    assert.deepEqual([code, err], [0, '']);
  });
});
