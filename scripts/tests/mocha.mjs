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

/** Lanes whose words are kept until the lane `rest`, which is shown as it comes, has ended. */
const BESIDE = ['schedules', 'doors'];

/**
 * All tests run in three lanes beside each other, since most of their time is waiting: what one says is shown as it comes, what
 * the others said after it. A part of the tests, and coverage, have one.
 */
export async function runMocha(options) {
  if (options.category || options.grep || options.coverage) return runLane(options);
  const beside = BESIDE.map((lane) => runLane(options, lane));
  const counts = [await runLane(options, 'rest'), ...(await Promise.all(beside))];
  for (const { said } of counts.slice(1)) process.stdout.write(said);
  const sum = (name) => counts.reduce((total, lane) => total + (lane[name] ?? 0), 0);
  const failures = counts.flatMap((lane) => lane.failures ?? []);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped'), failures };
}

async function runLane(options, lane) {
  const folder = mkdtempSync(join(process.env.ONCE_RUN ?? tmpdir(), 'report-'));
  const report = join(folder, 'counts.json');
  const wanted = pattern(options);
  const args = [commandOf('mocha'), ...(wanted ? ['--grep', wanted] : [])];
  if (options.coverage) args.unshift(commandOf('c8'), ...coverage, process.execPath);
  const kept = BESIDE.includes(lane);
  const child = spawn(process.execPath, args, {
    stdio: kept ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    env: { ...process.env, ONCE_TEST_REPORT: report, ...(lane && { ONCE_TEST_LANE: lane }) },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text) => (said += text));
  const [code, signal] = await once(child, kept ? 'close' : 'exit');
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined;
  rmSync(folder, { recursive: true, force: true });
  // Ended badly without a failed test (a test file that can't be loaded, say): that is a failure too.
  const endedBadly = !counts || (code !== 0 && counts.failed === 0 && counts.passed > 0);
  if (!endedBadly) return { ...counts, said };
  const reason = `It ended (${signal ?? code})${counts ? ' though no test failed' : ' before it had run the tests'}.`;
  return { ...counts, failed: 1, failures: [{ title: `mocha, lane ${lane ?? 'all'}`, reason }], said };
}
