import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { assert } from '../helpers/assert';

const run = promisify(execFile);
const ROOT = join(__dirname, '..', '..', '..');

/** Every face of the package, and a call at a door that notes on spans, where nothing of OpenTelemetry can be loaded. */
const PROGRAM = `
  const { Module } = require('node:module');
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, ...rest) {
    if (request.startsWith('@opentelemetry/') || request.startsWith('@temporalio/interceptors-opentelemetry'))
      throw Object.assign(new Error('not installed: ' + request), { code: 'MODULE_NOT_FOUND' });
    return resolve.call(this, request, ...rest);
  };
  const { Idempotency } = require('./dist/src/index.js');
  require('./dist/src/workflow.js');
  require('./dist/src/http.js');
  require('./dist/src/interceptors/workflow-module.js');
  const { MemoryStore } = require('./dist/src/testing.js');
  (async () => {
    const once = Idempotency.on(new MemoryStore());
    const results = [];
    for (let n = 0; n < 2; n++) results.push(await once.run({ type: 't', key: 'k' }, () => 'ran ' + n));
    await once.lock('l', {}, () => results.push('locked'));
    await once.record({ type: 't', key: 'r' }, 'recorded');
    await once.close();
    const registered = Object.getOwnPropertySymbols(globalThis).map(String);
    console.log(JSON.stringify({ results, registered: registered.filter((one) => one.includes('opentelemetry')) }));
  })();
`;

describe('[package] without OpenTelemetry', () => {
  it('nothing of it is required, registered or missed', async () => {
    const { stdout } = await run(process.execPath, ['-e', PROGRAM], { cwd: ROOT });
    assert.deepEqual(JSON.parse(stdout), { results: ['ran 0', 'ran 0', 'locked'], registered: [] });
  });

  it('no source names one of its packages, and the package asks for none', () => {
    const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
    const sources = files.filter((name) => name.endsWith('.ts'));
    assert.ok(sources.length > 100);
    for (const name of sources)
      assert.ok(
        !/from '@opentelemetry|require\('@opentelemetry/.test(readFileSync(join(ROOT, 'src', name), 'utf8')),
        name,
      );
    const { dependencies, peerDependencies } = JSON.parse(
      readFileSync(join(ROOT, 'package.json'), 'utf8'),
    ) as Record<string, Record<string, string>>;
    const asked = Object.keys({ ...dependencies, ...peerDependencies });
    assert.deepEqual(
      asked.filter((name) => name.includes('opentelemetry')),
      [],
    );
  });
});
