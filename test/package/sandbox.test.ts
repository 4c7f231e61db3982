import { builtinModules } from 'node:module';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { assert } from '../helpers/assert';
import { Installed } from './support';

describe('[package] the workflow face in the sandbox', () => {
  let installed: Installed;
  before(async () => (installed = await Installed.make()));
  after(() => installed.remove());

  const bundle = (text: string) =>
    bundleWorkflowCode({
      workflowsPath: installed.write(`workflows-${text.length}.js`, text),
      // What the bundler has to say against it is in the error.
      logger: new DefaultLogger('ERROR', () => undefined),
    });

  it('temporal-once/workflow bundles without any Node module', async () => {
    // The bundler refuses a bundle that needs one.
    const { code } = await bundle(
      `const { FAILURE_TYPES, taskKeys, activityOptionsFor } = require('temporal-once/workflow');
       exports.flow = async () => [FAILURE_TYPES.fingerprintMismatch, taskKeys, activityOptionsFor];`,
    );
    assert.ok(code.includes('OnceFingerprintMismatch'));
    for (const name of ['pg', 'ioredis', '@temporalio/worker', 'valibot']) {
      assert.ok(!code.includes(`node_modules/${name}/`), name);
    }
    const required = builtinModules.filter((name) => code.includes(`require("node:${name}")`));
    assert.deepEqual(required, []);
  });

  it('the main entry does not, so that the mistake is found when bundling', async () => {
    await assert.rejects(
      bundle(`const { FAILURE_TYPES } = require('temporal-once'); exports.flow = async () => FAILURE_TYPES;`),
    );
  });
});
