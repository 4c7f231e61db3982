import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** All files below `folder` whose name matches `pattern`, sorted, as full paths; of what npm installed there, none. */
export function globFiles(folder, pattern) {
  return found(folder, pattern).sort();
}

function found(folder, pattern) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : found(path, pattern);
    return entry.isFile() && pattern.test(entry.name) ? [path] : [];
  });
}
