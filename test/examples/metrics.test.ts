import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../helpers/assert';
import { OtlpReceiver } from '../helpers/otlp-receiver';
import { freePort, need, until } from '../helpers/services';

const ROOT = join(__dirname, '../../..');
const squeeze = (text: string): string => text.replace(/\s+/g, ' ');

describe('[integration] the example of the exporters', function () {
  this.timeout(120_000);
  let child: ChildProcess | undefined;
  let said = '';
  before(function () {
    need(this, 'DATABASE_URL', 'TEMPORAL_ADDRESS');
  });
  afterEach(() => void child?.kill('SIGKILL'));

  function start(env: NodeJS.ProcessEnv): void {
    said = '';
    child = spawn(process.execPath, [join(__dirname, '../../examples/metrics/main.js')], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    child.stdout?.on('data', (text: Buffer) => (said += text.toString()));
  }

  /** It ran to its end by itself, not by force. */
  async function end(): Promise<void> {
    // The metrics show the duplicate before the second caller has its answer, and a worker that drains gives it none.
    await until(() => /^charged order-\d+ once/m.test(said), 30_000);
    const closed = once(child as ChildProcess, 'close');
    child?.kill('SIGINT');
    assert.deepEqual(await closed, [0, null]);
    assert.match(said, /^charged order-\d+ once for two callers$/m);
  }

  it('Prometheus scrapes one recorded outcome and one duplicate', async () => {
    const port = await freePort();
    start({ METRICS_ADDRESS: `127.0.0.1:${port}` });
    const scraped = async (line: RegExp): Promise<boolean> =>
      line.test(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
    await until(() => scraped(/^temporal_once_duplicates\{.*door="activity".*\} 1$/m), 90_000);
    assert.ok(await scraped(/^temporal_once_outcomes\{.*outcome="recorded".*\} 1$/m));
    await end();
  });

  it('an OTLP receiver gets the same', async () => {
    const receiver = await OtlpReceiver.listen();
    try {
      start({ OTLP_URL: receiver.grpcUrl });
      const value = (name: string): number =>
        receiver
          .latest()
          .filter((one) => one.name === name)
          .reduce((sum, one) => sum + one.value, 0);
      await until(() => value('temporal_once_duplicates') === 1, 90_000);
      assert.equal(value('temporal_once_outcomes'), 1);
      await end();
    } finally {
      await receiver.close();
    }
  });

  it('is the code that docs/operations.md shows', () => {
    const page = squeeze(readFileSync(join(ROOT, 'docs/operations.md'), 'utf8'));
    const code = readFileSync(join(ROOT, 'examples/metrics/exporters.ts'), 'utf8');
    const calls = code.match(/Runtime\.install\([\s\S]*?\n {2}\}\);/g) ?? [];
    assert.equal(calls.length, 2);
    for (const call of calls) assert.ok(page.includes(squeeze(call)), call);
  });
});
