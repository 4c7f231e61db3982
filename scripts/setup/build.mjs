// Compiles when a source file is newer, or is new, or has gone, since the last build that succeeded.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { globFiles } from '../files.mjs';
import { output } from '../services/processes.mjs';
import { SetupError, step, stopwatch } from '../services/say.mjs';

function sources(root) {
  const files = ['src', 'test', 'bench', 'chaos', 'examples']
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => globFiles(join(root, folder), /\.(ts|sql|lua|json)$/));
  const settings = ['tsconfig.json', 'package-lock.json', 'scripts/build.mjs'].map((name) =>
    join(root, name),
  );
  const hash = createHash('sha256');
  for (const file of [...files, ...settings])
    hash.update(`${relative(root, file)} ${statSync(file).mtimeMs}\n`);
  return hash.digest('hex');
}

export async function ensureBuilt(root) {
  const stamp = join(root, 'dist', '.built');
  const now = sources(root);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return;
  const took = stopwatch();
  const { code, out, err } = await output(process.execPath, [join(root, 'scripts/build.mjs')], { cwd: root });
  if (code !== 0) throw new SetupError(`The TypeScript does not compile:\n${`${out}${err}`.trimEnd()}`);
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(stamp, now);
  step(`Built in ${took()}`);
}
