// A copy of the tree to break: the work tree itself is never touched. One changed file is compiled by itself and
// without a look at its types, since the tests shall be the ones that notice.
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const ts = require('typescript');

const NOT_COPIED = new Set(['node_modules', '.git', 'coverage', '.cache']);

export class Tree {
  #original = new Map();

  /** @param root the work tree, built. @param folder where its copy goes. */
  constructor(root, folder) {
    this.folder = folder;
    cpSync(root, folder, { recursive: true, filter: (path) => !NOT_COPIED.has(basename(path)) });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  }

  /** Makes the mutation's edits. @throws when a text is not there, or not once where it must be. */
  mutate({ file, edits }) {
    const text = this.#read(file);
    this.#write(file, edits.reduce(edited, text));
  }

  /** All files as they were. */
  mend() {
    for (const [file, text] of this.#original) this.#write(file, text);
    this.#original.clear();
  }

  #read(file) {
    const text = readFileSync(join(this.folder, file), 'utf8');
    if (!this.#original.has(file)) this.#original.set(file, text);
    return text;
  }

  #write(file, text) {
    writeFileSync(join(this.folder, file), text);
    const target = join(this.folder, 'dist', file);
    mkdirSync(dirname(target), { recursive: true });
    if (!file.endsWith('.ts')) return writeFileSync(target, text);
    const compilerOptions = {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
      esModuleInterop: true,
    };
    const { outputText } = ts.transpileModule(text, { compilerOptions, fileName: file });
    writeFileSync(target.replace(/ts$/, 'js'), outputText);
  }
}

/** The text with one edit made: `find` stands in it exactly once. */
export function edited(text, { find, replace }) {
  const times = text.split(find).length - 1;
  if (times !== 1) throw new NotFound(find, times);
  return text.replace(find, () => replace);
}

export class NotFound extends Error {
  constructor(find, times) {
    super(`stands there ${times} times, not once: ${find.trim()}`);
  }
}
