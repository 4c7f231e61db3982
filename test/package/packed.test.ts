import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../helpers/assert';
import * as source from '../../src';
import * as sourceHttp from '../../src/http';
import * as sourceTesting from '../../src/testing';
import * as sourceWorkflow from '../../src/workflow';
import { Installed, PEERS, ROOT, run } from './support';

const EXPORTS = {
  'temporal-once': Object.keys(source).sort(),
  'temporal-once/workflow': Object.keys(sourceWorkflow).sort(),
  'temporal-once/http': Object.keys(sourceHttp).sort(),
  'temporal-once/testing': Object.keys(sourceTesting).sort(),
};

describe('[package] packed and installed in an empty folder', function () {
  this.timeout(180_000);
  let installed: Installed;
  before(async () => (installed = await Installed.make()));
  after(() => installed.remove());

  it('every export can be required from CommonJS', async () => {
    const file = installed.write(
      'all.cjs',
      `const names = {};
       for (const entry of ${JSON.stringify(Object.keys(EXPORTS))}) names[entry] = Object.keys(require(entry)).sort();
       console.log(JSON.stringify(names));`,
    );
    const { code, output } = await installed.node(file);
    assert.equal(code, 0, output);
    assert.deepEqual(JSON.parse(output), EXPORTS);
  });

  it('every export can be imported by name from ESM', async () => {
    const lines = Object.entries(EXPORTS).map(([entry, names], n) => {
      const renamed = names.map((name) => `${name} as x${n}_${name}`).join(', ');
      const values = names.map((name) => `x${n}_${name}`).join(', ');
      return `import { ${renamed} } from '${entry}';\nif ([${values}].includes(undefined)) throw new Error('${entry}');`;
    });
    const file = installed.write('all.mjs', [...lines, "console.log('all there');"].join('\n'));
    const { code, output } = await installed.node(file);
    assert.equal(code, 0, output);
    assert.match(output, /all there/);
  });

  it('the version can be read, nothing inside can be reached', async () => {
    const file = installed.write(
      'inner.cjs',
      `console.log(require('temporal-once/package.json').name);
       try { require('temporal-once/dist/src/plugin'); } catch (error) { console.log(error.code); }`,
    );
    const { output } = await installed.node(file);
    assert.deepEqual(output.trim().split('\n'), ['temporal-once', 'ERR_PACKAGE_PATH_NOT_EXPORTED']);
  });

  it('brings its SQL and Lua files, and no tests', async () => {
    const { output } = await run('tar', ['-tzf', installed.tarball], installed.folder);
    const files = output.trim().split('\n');
    assert.ok(files.some((file) => /dist\/src\/.*000001_records\.sql$/.test(file)));
    assert.ok(files.some((file) => /dist\/src\/.*\.lua$/.test(file)));
    const others = files.filter((file) => !/^package\/(dist\/src|src|docs)\//.test(file));
    assert.deepEqual(
      others.filter((file) => !/^package\/(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(file)),
      [],
    );
  });

  it('brings what the page is made of, without its pictures', async () => {
    const { output } = await run('tar', ['-tzf', installed.tarball], installed.folder);
    for (const name of ['page.css', 'refresh.mjs', 'icon.svg'])
      assert.ok(output.split('\n').includes(`package/dist/src/dashboard/assets/${name}`), name);
    assert.ok(!output.includes('.png'));
    const server = join(installed.folder, 'node_modules/temporal-once/dist/src/dashboard/server.js');
    const loaded = installed.write(
      'page.cjs',
      `console.log(typeof require(${JSON.stringify(server)}).startDashboard)`,
    );
    assert.equal((await installed.node(loaded)).output.trim(), 'function');
  });

  it('brings the schema of plan files', async () => {
    const { output } = await run('tar', ['-tzf', installed.tarball], installed.folder);
    assert.ok(output.split('\n').includes('package/docs/plan.schema.json'));
  });

  it('its command runs', async () => {
    const home = join(installed.folder, 'node_modules', 'temporal-once');
    const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
      bin: Record<string, string>;
    };
    const main = join(home, manifest.bin['temporal-once'] ?? '');
    assert.match(readFileSync(main, 'utf8'), /^#!\/usr\/bin\/env node\n/);
    const { code, output } = await run(process.execPath, [main, 'upkeep', '--help'], installed.folder);
    assert.equal(code, 0, output);
    assert.match(output, /install/);
  });

  it('publint finds nothing', async () => {
    const { code, output } = await run(
      process.execPath,
      [`${PEERS}/publint/src/cli.js`, installed.tarball, '--strict'],
      ROOT,
    );
    assert.equal(code, 0, output);
  });

  it('are-the-types-wrong finds nothing', async () => {
    const cli = `${PEERS}/@arethetypeswrong/cli/dist/index.js`;
    const args = [
      cli,
      installed.tarball,
      '--profile',
      'node16',
      '--no-color',
      '--exclude-entrypoints',
      'package.json',
    ];
    const { code, output } = await run(process.execPath, args, ROOT);
    assert.equal(code, 0, output);
  });
});
