import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sample } from '../../bench/soak/samples';
import { entriesUnder } from '../../bench/soak/entries';
import type { Judged } from '../../bench/soak/verdict';
import { assert } from '../helpers/assert';
import { need } from '../helpers/services';

const SOAK = join(__dirname, '../../bench/soak/index.js');

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function soak(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [SOAK, ...args], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

describe('[performance] a soak', function () {
  this.timeout(300_000);
  let folder: string;

  before(function () {
    need(this, 'DATABASE_URL', 'REDIS_URL', 'TEMPORAL_ADDRESS');
    folder = mkdtempSync(join(tmpdir(), 'once-soak-'));
  });
  after(() => folder && rmSync(folder, { recursive: true, force: true }));

  it('notices a leak that is planted in a real worker, and has exit code 1', async () => {
    const leak = 2 ** 20;
    const { code, stderr } = await soak(
      ...['--minutes', '0.4', '--sample-ms', '1000', '--every-ms', '500'],
      ...['--leak', String(leak), '--folder', folder],
    );
    assert.equal(code, 1, stderr);
    const { judged } = JSON.parse(readFileSync(join(folder, 'verdict.json'), 'utf8')) as {
      judged: readonly Judged[];
    };
    const heap = judged.find(({ name }) => name === 'worker heap after collection');
    assert.equal(heap?.finding, 'grows');
    const lines = readFileSync(join(folder, 'samples.jsonl'), 'utf8').trim().split('\n');
    const samples = lines.map((line) => JSON.parse(line) as Sample);
    const [first, last] = [samples[0], samples.at(-1)];
    assert.ok(first && last);
    const grown = last.worker.heapUsed - first.worker.heapUsed;
    const planted = (last.operations - first.operations) * leak;
    assert.ok(planted > 0 && grown > planted / 2, `${grown} bytes of ${planted} were seen`);
    // It is this package's own maps that are looked at.
    assert.ok(
      'service.engine.flights.flights' in last.worker.entries,
      Object.keys(last.worker.entries).join(),
    );
  });

  it('counts the entries of maps, sets and lists, wherever fields lead to them, and no client', () => {
    const inner = { held: new Map([[1, 1]]), names: new Set(['a', 'b']), self: undefined as unknown };
    inner.self = inner;
    const root = { inner, client: { queue: [1, 2, 3] }, list: [{ deep: new Map() }] };
    assert.deepEqual(entriesUnder(root, 'root'), {
      'root.list': 1,
      'root.inner.held': 1,
      'root.inner.names': 2,
    });
  });

  for (const args of [['--minutes', 'many'], ['--leak', '-1'], ['--forever']]) {
    it(`refuses ${args.join(' ')} with exit code 2, before anything is started`, async () => {
      const { code, stderr } = await soak(...args);
      assert.equal(code, 2);
      assert.match(stderr, /Usage: npm run soak/);
    });
  }
});
