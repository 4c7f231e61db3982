import type { Command } from 'commander';
import { InvalidOptionError } from '../../errors';
import { healthSources } from '../../health-sources';
import { checkHealth } from '../../schedules/health/check';
import type { HealthFinding } from '../../schedules/health/finding';
import { HEALTH_DEFAULTS } from '../../schedules/health/limits';
import type { HealthReport, ScheduleHealth } from '../../schedules/health/report';
import { parseGoDuration } from '../../schedules/spec';
import { durationText } from '../../schedules/validate/wording';
import { storeOptions, withService } from '../store';
import { withTemporal } from '../temporal-connection';
import { readPlan, Reported, type OutputFormat } from './read-plan';
import { addStore } from './with-namespace';

interface Flags {
  readonly json?: boolean;
  readonly window: string;
  readonly late: string;
  readonly stuck: string;
  readonly unowned: boolean;
}

const FINDINGS = 1;
const LEAST_LATE_MS = 1_000;
const MOST_WINDOW_MS = 90 * 86_400_000;

/** What became of the times at which schedules were to fire. */
export function addHealth(program: Command): void {
  const { windowMs, lateMs, stuckFactor } = HEALTH_DEFAULTS;
  addStore(
    program
      .command('health')
      .description('compares what should have run with what has run; exit code 1 with findings'),
  )
    .argument('[plan]', 'the plan file, - for standard input; without: all schedules of the namespace')
    .option('--window <duration>', 'how far back to look', durationText(windowMs))
    .option(
      '--late <duration>',
      'a start later than this after its time and jitter is late',
      durationText(lateMs),
    )
    .option(
      '--stuck <factor>',
      'a run is stuck after so many of its expected durations, or of the times it swallows',
      String(stuckFactor),
    )
    .option('--no-unowned', 'do not look for schedules that no plan owns')
    .action(async (path: string | undefined, flags: Flags, self: Command) => {
      const format = formatOf(flags, self);
      const limits = {
        windowMs: duration('--window', flags.window, 60_000, MOST_WINDOW_MS),
        lateMs: duration('--late', flags.late, LEAST_LATE_MS, MOST_WINDOW_MS),
        stuckFactor: factor(flags.stuck),
      };
      const plan = path === undefined ? undefined : await readPlan(path, format);
      storeOptions(self);
      const report = await withTemporal(self, (client) =>
        withService(self, async (once) =>
          checkHealth(healthSources(client, once.scheduleStore()), {
            ...limits,
            plan,
            unowned: flags.unowned,
            nowMs: (await once.clock()).getTime(),
          }),
        ),
      );
      print(format, report);
      if (!report.healthy) throw new Reported(FINDINGS);
    });
}

function duration(flag: string, text: string, leastMs: number, mostMs: number): number {
  const ms = parseGoDuration(text);
  if (ms !== undefined && ms >= leastMs && ms <= mostMs) return ms;
  const range = `from ${durationText(leastMs)} to ${durationText(mostMs)}`;
  throw new InvalidOptionError(flag, `is not a duration ${range}`, 'Write one such as 30s, 10m or 24h');
}

function factor(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) >= 1) return Number(text);
  throw new InvalidOptionError('--stuck', 'is not a whole number from 1 to 9999', 'Write one such as 3');
}

function formatOf({ json }: Flags, self: Command): OutputFormat {
  return json === true ? 'json' : self.optsWithGlobals<{ output: OutputFormat }>().output;
}

function print(format: OutputFormat, report: HealthReport): void {
  if (format === 'none') return;
  const text =
    format === 'text' ? healthText(report) : JSON.stringify(report, undefined, format === 'json' ? 2 : 0);
  process.stdout.write(`${text}\n`);
}

function healthText({ schedules, findings, notes, healthy }: HealthReport): string {
  const sum = (of: (one: ScheduleHealth) => number): number =>
    schedules.reduce((total, one) => total + of(one), 0);
  const [expected, started] = [sum(({ counts }) => counts.expected), sum(({ counts }) => counts.started)];
  const looked = `${schedules.length} ${schedules.length === 1 ? 'schedule' : 'schedules'}, ${started} of ${expected} expected runs`;
  return [
    ...findings.map(findingText),
    ...notes.map((note) => `note: ${note}`),
    `${looked}: ${healthy ? 'healthy' : `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`}.`,
  ].join('\n');
}

function findingText({ rule, scheduleId, file, line, column, proof, change }: HealthFinding): string {
  const place = line === undefined ? '' : `${file ?? ''}:${line}:${column ?? 1} `;
  return [`${place}${rule}: ${scheduleId}`, `    ${proof}`, `    change: ${change}`].join('\n');
}
