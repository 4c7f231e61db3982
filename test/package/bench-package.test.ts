import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../helpers/assert';
import { ROOT } from './support';

interface Manifest {
  readonly private?: boolean;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
}
interface Lock {
  readonly packages: Record<string, { readonly version?: string; readonly resolved?: string }>;
}

const read = <T>(...path: string[]): T => JSON.parse(readFileSync(join(ROOT, ...path), 'utf8')) as T;

describe('[package] what the benchmark compares with', () => {
  const bench = read<Manifest>('bench', 'package.json');

  it('is in a package of its own that is never published, and no dependency of ours', () => {
    assert.equal(bench.private, true);
    const { dependencies, devDependencies, peerDependencies } = read<Manifest>('package.json');
    const ours = { ...dependencies, ...devDependencies, ...peerDependencies };
    // The clients that both have.
    const shared = Object.keys(bench.dependencies ?? {}).filter((name) => Object.hasOwn(ours, name));
    assert.deepEqual(shared.sort(), ['ioredis', 'pg']);
  });

  it('is locked, without addresses of a registry', () => {
    const { packages } = read<Lock>('bench', 'package-lock.json');
    for (const name of Object.keys(bench.dependencies ?? {}))
      assert.ok(packages[`node_modules/${name}`]?.version !== undefined, `${name} is locked`);
    assert.deepEqual(
      Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined),
      [],
    );
  });
});
