import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { assert } from '../helpers/assert';

const run = promisify(execFile);
const DIST = join(__dirname, '../..');

/** Packages, and folders of ours, that importing a face of the package loads in a fresh process. */
async function loadedBy(face: string): Promise<Set<string>> {
  const { stdout } = await run(process.execPath, [
    join(DIST, 'bench/start-up/import.js'),
    join(DIST, 'src', face),
  ]);
  const files = JSON.parse(stdout) as string[];
  assert.ok(files.some((file) => file.endsWith(`src/${face}.js`)));
  return new Set(files.map(partOf));
}

function partOf(file: string): string {
  const [, inPackage] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
  return inPackage ?? `src/${/\/dist\/src\/([^/]+)/.exec(file)?.[1] ?? ''}`;
}

const packagesOf = (loaded: ReadonlySet<string>): string[] =>
  [...loaded].filter((part) => !part.startsWith('src/')).sort();

describe('[performance] what importing a face loads', function () {
  this.timeout(60_000);

  it('temporal-once: no command, no page, no web server, and no client of a store before one is asked for', async () => {
    const loaded = await loadedBy('index');
    for (const part of ['src/cli', 'src/dashboard', 'src/guard', 'src/http'])
      assert.ok(!loaded.has(part), `${part} is loaded`);
    for (const name of [
      'commander',
      'hono',
      '@hono/node-server',
      'cli-table3',
      'picocolors',
      'pg',
      'ioredis',
    ])
      assert.ok(!loaded.has(name), `${name} is loaded`);
    assert.ok(!loaded.has('@temporalio/envconfig'));
  });

  it('temporal-once/workflow: the SDK for workflows, and two small packages', async () => {
    const sdk = ['@temporalio/common', '@temporalio/workflow', 'long', 'ms', 'nexus-rpc'];
    assert.deepEqual(packagesOf(await loadedBy('workflow')), ['@noble/hashes', ...sdk].sort());
  });

  it('temporal-once/http: validation of options, nothing of the SDK, no framework', async () => {
    assert.deepEqual(packagesOf(await loadedBy('http')), ['valibot']);
  });

  it('temporal-once/testing: no package at all', async () => {
    assert.deepEqual(packagesOf(await loadedBy('testing')), []);
  });
});
