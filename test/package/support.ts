import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

export const ROOT = join(__dirname, '..', '..', '..');
export const PEERS = join(ROOT, 'node_modules');

const exec = promisify(execFile);

export interface Ran {
  readonly code: number;
  readonly output: string;
}

/** Runs a program to its end. */
export async function run(program: string, args: readonly string[], cwd: string): Promise<Ran> {
  try {
    const { stdout, stderr } = await exec(program, args, { cwd, maxBuffer: 32 * 1024 * 1024 });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: number; stdout?: string; stderr?: string };
    return { code: code ?? 1, output: `${stdout ?? ''}${stderr ?? ''}` };
  }
}

/** The packed package, installed in an empty folder, its peers and dependencies linked from ours. */
export class Installed {
  readonly folder = mkdtempSync(join(tmpdir(), 'once-package-'));
  tarball = '';

  static async make(): Promise<Installed> {
    const made = new Installed();
    // What is in dist/ is what is tested; packing builds nothing here.
    const packed = await run(
      'npm',
      ['pack', '--ignore-scripts', '--silent', '--pack-destination', made.folder],
      ROOT,
    );
    const name = readdirSync(made.folder).find((file) => file.endsWith('.tgz'));
    if (packed.code !== 0 || name === undefined) throw new Error(packed.output);
    made.tarball = join(made.folder, name);
    const home = join(made.folder, 'node_modules', 'temporal-once');
    mkdirSync(home, { recursive: true });
    const unpacked = await run(
      'tar',
      ['-xzf', made.tarball, '-C', home, '--strip-components=1'],
      made.folder,
    );
    if (unpacked.code !== 0) throw new Error(unpacked.output);
    for (const name of [
      '@temporalio',
      'pg',
      'ioredis',
      '@noble',
      'ms',
      'valibot',
      'commander',
      'cli-table3',
      'picocolors',
      'yaml',
      'hono',
      '@hono',
      '@types',
    ])
      made.link(name);
    made.write('package.json', JSON.stringify({ name: 'consumer', private: true }));
    return made;
  }

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  node(file: string): Promise<Ran> {
    return run(process.execPath, [file], this.folder);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private link(name: string): void {
    symlinkSync(join(PEERS, name), join(this.folder, 'node_modules', name), 'dir');
  }
}
