import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidOptionError } from '../errors';
import { coverageReport, type CoverageReport } from '../idempotency/coverage';
import { WorkerTypes } from '../idempotency/worker-types';
import { Policies, type PolicyOptions } from '../interceptors/policies';
import { checkOptions, policyOptionsSchema } from '../options';

/** A module that keeps something open must not keep the command from ending. */
const LINGER_MS = 1_000;

/**
 * What a module says of its activities, without a worker and without a store: its export `activities`, and `once`, the
 * plugin or its options, if it has it. The module is loaded, so it should connect to nothing by that.
 * @throws InvalidOptionError when it can't be loaded or exports no activities.
 */
export async function coverageOfModule(
  path: string,
  {
    namespace = 'default',
    taskQueue,
  }: { readonly namespace?: string | undefined; readonly taskQueue?: string | undefined },
): Promise<CoverageReport> {
  const exported = await load(path);
  setTimeout(() => process.exit(), LINGER_MS).unref();
  const { activities, once } = exported;
  if (!isObject(activities))
    throw new InvalidOptionError(
      '--module',
      `${path} has no export \`activities\``,
      'Export the object that the worker gets',
    );
  const policies = new Policies(policyOptions(once), new Map(Object.entries(activities)));
  const types = new WorkerTypes(namespace, taskQueue ?? '');
  types.declares(policies.types, (type) => policies.declared(type));
  return coverageReport(types.rows());
}

async function load(path: string): Promise<Record<string, unknown>> {
  let loaded: Record<string, unknown>;
  try {
    loaded = (await import(pathToFileURL(resolve(path)).href)) as Record<string, unknown>;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidOptionError('--module', `${path} could not be loaded: ${why}`, 'Give a compiled module');
  }
  // A CommonJS module stands behind `default`; not all of its names are seen beside it.
  const inner = loaded['default'];
  return isObject(inner) ? { ...inner, ...loaded } : loaded;
}

function policyOptions(once: unknown): PolicyOptions {
  if (once === undefined) return {};
  if (!isObject(once))
    throw new InvalidOptionError(
      'once',
      'is neither a plugin nor its options',
      'Export the plugin or its options',
    );
  // A plugin of whatever copy of this package the module has loaded.
  const given = 'policyOptions' in once ? once['policyOptions'] : once;
  const { default: byDefault, activities } = given as Record<string, unknown>;
  return checkOptions(policyOptionsSchema, { default: byDefault, activities }, 'once') as PolicyOptions;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
