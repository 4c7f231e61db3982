import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { OncePlugin } from '../../../src';

const WORKFLOWS = join(__dirname, '..', 'workflows', 'index.js');
const QUIET = new DefaultLogger('ERROR');

let withPlugin: Promise<WorkflowBundleWithSourceMap> | undefined;
let withoutPlugin: Promise<WorkflowBundleWithSourceMap> | undefined;

/** The test workflows with the plugin's interceptor; made once a process. */
export function bundle(): Promise<WorkflowBundleWithSourceMap> {
  // Bundling connects to nothing.
  const plugins = [new OncePlugin({ postgres: 'postgres://nobody@127.0.0.1:1/none' })];
  return (withPlugin ??= bundleWorkflowCode({ workflowsPath: WORKFLOWS, plugins, logger: QUIET }));
}

/** The same workflows, made by somebody who forgot the plugin. */
export function plainBundle(): Promise<WorkflowBundleWithSourceMap> {
  return (withoutPlugin ??= bundleWorkflowCode({ workflowsPath: WORKFLOWS, logger: QUIET }));
}
