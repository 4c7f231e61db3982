// Compiles TypeScript to dist/ and copies the files that are loaded at run time beside the code (SQL, Lua, what the page is made of).
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { globFiles } from './files.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');

const compiled = spawnSync(process.execPath, [tsc, '-p', root], { stdio: 'inherit' });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

for (const file of globFiles(join(root, 'src'), /\.(sql|lua|css|mjs|svg)$/)) {
  const target = join(root, 'dist', relative(root, file));
  mkdirSync(dirname(target), { recursive: true });
  cpSync(file, target);
}

// The command `temporal-once`; npm makes it executable where it installs it, here it is run as it lies.
for (const command of ['main.js', join('plan', 'main.js')])
  chmodSync(join(root, 'dist', 'src', 'cli', command), 0o755);
