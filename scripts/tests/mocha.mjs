// Mocha in a process of its own, under c8 for coverage. Its reporter writes the counts into a file.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandOf } from './check.mjs';

const coverage = [
  '--all',
  ...['--include', 'dist/src/**', '--include', 'src/**', '--exclude', '**/*.d.ts'],
  ...['--reporter', 'text', '--reporter', 'html', '--reports-dir', 'coverage'],
];

/** One pattern for both: titles of the category that match the user's pattern. */
function pattern({ category, grep }) {
  if (!category) return grep;
  return `^(?=.*\\[${category}\\])${grep ? `.*(?:${grep})` : ''}`;
}

export async function runMocha(options) {
  const folder = mkdtempSync(join(process.env.ONCE_RUN ?? tmpdir(), 'report-'));
  const report = join(folder, 'counts.json');
  const wanted = pattern(options);
  const args = [commandOf('mocha'), ...(wanted ? ['--grep', wanted] : [])];
  if (options.coverage) args.unshift(commandOf('c8'), ...coverage, process.execPath);
  const child = spawn(process.execPath, args, {
    stdio: 'inherit',
    env: { ...process.env, ONCE_TEST_REPORT: report },
  });
  const [code, signal] = await once(child, 'exit');
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined;
  rmSync(folder, { recursive: true, force: true });
  if (!counts) console.log(`\nMocha ended (${signal ?? code}) before it had run the tests.`);
  // Ended badly without a failed test (a test file that can't be loaded, say): that is a failure too.
  if (!counts || (code !== 0 && counts.failed === 0 && counts.passed > 0)) return { ...counts, failed: 1 };
  return counts;
}
