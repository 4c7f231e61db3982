import { assert } from '../helpers/assert';
import { Commands, type Ran } from '../helpers/command';
import { need } from '../helpers/services';

describe('[integration] the command, as `temporal schedule plan` through the Temporal CLI', () => {
  let commands: Commands;
  before(function () {
    need(this, 'ONCE_TEMPORAL_BIN');
    commands = new Commands();
  });
  after(() => commands?.close());

  const times = (...args: string[]): Promise<Ran> =>
    commands.temporal(['schedule', 'plan', 'times', ...args]);
  const AFTER = ['--after', '2025-12-31T23:59:59Z'];

  it('one cron string, as JSON', async () => {
    for (const json of [['--json'], ['-o', 'json']]) {
      const { code, out, err } = await times('--cron', '0,30 * * * *', ...AFTER, '--count', '2', ...json);
      assert.equal(code, 0, err);
      assert.deepEqual(JSON.parse(out), ['2026-01-01T00:00:00Z', '2026-01-01T00:30:00Z']);
    }
  });

  it('cron strings and intervals united, by their aliases, in a zone, as lines', async () => {
    const { out, err } = await times(
      '--cron',
      '0 2 * * *',
      '--interval',
      '27m/1m',
      '--time-zone',
      'Europe/Berlin',
      ...AFTER,
      '--count',
      '4',
    );
    assert.equal(
      out,
      '2026-01-01T00:01:00Z\n2026-01-01T00:28:00Z\n2026-01-01T00:55:00Z\n2026-01-01T01:00:00Z\n',
      err,
    );
  });

  it('jsonl is one time a line, none prints nothing', async () => {
    assert.equal(
      (await times('--every', '27m', ...AFTER, '--count', '1', '-o', 'jsonl')).out,
      '"2026-01-01T00:00:00Z"\n',
    );
    assert.equal((await times('--every', '27m', '-o', 'none')).out, '');
  });

  it('all that is wrong at once, by the flag that was typed; exit code 2', async () => {
    const { code, out, err } = await times(
      '--cron',
      '61 L * * *',
      '--every',
      '0s',
      '--timezone',
      'europe/berlin',
      '--after',
      'now',
      '--count',
      '0',
    );
    assert.equal(code, 2);
    assert.equal(out, '');
    for (const said of [
      /--cron '61 L \* \* \*', column 1/,
      /--every '0s'/,
      /Europe\/Berlin/,
      /--after/,
      /--count/,
    ])
      assert.match(err, said);
    assert.equal((await times()).code, 2);
  });
});
