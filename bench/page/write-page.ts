import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readResults } from '../results';
import { fill, mark, MARKED, plotFile } from './fill';
import { plot } from './plot';

const ROOT = join(__dirname, '..', '..', '..');
const PAGE = join(ROOT, 'docs', 'performance.md');

/** Fills the marks of docs/performance.md and draws the plots that it names, from what `--json` wrote. */
export async function writePage(files: readonly string[]): Promise<void> {
  const results = readResults(files);
  const page = readFileSync(PAGE, 'utf8');
  const full = fill(page, results);
  for (const [, kind = '', rest = ''] of page.matchAll(MARKED)) {
    const marked = mark(kind, rest);
    if (marked.kind !== 'plot') continue;
    const lines = results.lines.filter(({ group }) => group === marked.group);
    if (lines.length === 0) throw new Error(`docs/performance.md: no line is of the group '${marked.group}'`);
    const file = join(dirname(PAGE), plotFile(marked.group));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, await plot(marked.alternative, lines));
    process.stderr.write(`${file}\n`);
  }
  writeFileSync(PAGE, full);
  process.stderr.write(`${PAGE}\n`);
}
