import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** All files below `folder` whose name matches `pattern`, sorted, as full paths. */
export function globFiles(folder, pattern) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}
