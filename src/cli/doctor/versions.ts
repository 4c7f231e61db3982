import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail, ok, warn, type Checked } from './check';

const SDK = ['client', 'common', 'worker', 'workflow', 'activity'].map((name) => `@temporalio/${name}`);
const OLDEST_NODE = [20, 3] as const;

/** Node.js, this package, and whether the SDK's packages are of one version, as they must be. */
export function checkVersions(): Checked[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  const node = isOld
    ? fail('node', process.versions.node, `use Node.js ${OLDEST_NODE.join('.')} or newer`)
    : ok('node', process.versions.node);
  const versions = SDK.map((name) => [name, versionOf(name)] as const);
  const missing = versions.filter(([, version]) => version === undefined).map(([name]) => name);
  const known = [...new Set(versions.flatMap(([, version]) => version ?? []))];
  const said = `temporal-once ${versionOf('temporal-once') ?? 'unknown'}, SDK ${known.join(' and ')}`;
  if (missing.length > 0)
    return [
      node,
      fail('packages', `${said}; not found: ${missing.join(', ')}`, `npm install ${missing.join(' ')}`),
    ];
  if (known.length > 1)
    return [
      node,
      warn('packages', said, 'bring the packages @temporalio/* to one version: npm ls @temporalio/common'),
    ];
  return [node, ok('packages', said)];
}

function versionOf(name: string): string | undefined {
  try {
    // By the folder: not every package exports its package.json.
    const main = name === 'temporal-once' ? __filename : require.resolve(name);
    for (let folder = dirname(main); folder !== dirname(folder); folder = dirname(folder)) {
      const found = manifestIn(folder);
      if (found?.name === name) return found.version;
    }
  } catch {
    // Not installed.
  }
  return undefined;
}

function manifestIn(folder: string): { name?: string; version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      name?: string;
      version?: string;
    };
  } catch {
    return undefined;
  }
}
