import { randomBytes } from 'node:crypto';
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PlanEditError } from './edit-yaml';

/**
 * Puts a new text in the place of a file: written beside it, brought to the disk, then renamed, so that a reader sees the old one or the
 * new one. A link stays a link, the mode stays the same.
 * @throws PlanEditError when the file is no longer what was read; it stays as it is.
 */
export async function replaceFile(path: string, read: Uint8Array, text: string): Promise<void> {
  const target = await realpath(path);
  const { mode } = await stat(target);
  const beside = join(dirname(target), `.${randomBytes(6).toString('hex')}.plan.tmp`);
  try {
    const file = await open(beside, 'wx', mode & 0o7777);
    try {
      await file.chmod(mode & 0o7777);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    // As late as can be: what is left is the moment of the renaming itself.
    if (!(await readFile(target)).equals(read))
      throw new PlanEditError(`${path} was changed meanwhile: nothing was written. Run the command again.`);
    await rename(beside, target);
  } finally {
    await rm(beside, { force: true });
  }
}
