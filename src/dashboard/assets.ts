import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const KINDS: Readonly<Record<string, string>> = {
  'page.css': 'text/css; charset=utf-8',
  'refresh.mjs': 'text/javascript; charset=utf-8',
  'copy.mjs': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/** The files of the page, read when the server starts: nothing comes from elsewhere. */
export function readAssets(): ReadonlyMap<string, { readonly type: string; readonly text: string }> {
  return new Map(
    Object.entries(KINDS).map(([name, type]) => [
      name,
      { type, text: readFileSync(join(__dirname, 'assets', name), 'utf8') },
    ]),
  );
}
