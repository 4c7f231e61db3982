import type { Command } from 'commander';
import { InvalidOptionError } from '../../errors';
import { healthSources } from '../../health-sources';
import { checkHealth } from '../../schedules/health/check';
import type { HealthFinding } from '../../schedules/health/finding';
import { HEALTH_DEFAULTS } from '../../schedules/health/limits';
import type { HealthReport, ScheduleHealth } from '../../schedules/health/report';
import { parseGoDuration } from '../../schedules/spec';
import { durationText } from '../../schedules/validate/wording';
import { examples } from '../examples';
import { EXIT, Reported } from '../exit';
import { print } from '../output';
import { addStoreFlags, storeOptions, withService } from '../store';
import { withTemporal } from '../temporal-connection';
import { PLAN_ARGUMENT, readPlan } from './read-plan';

interface Flags {
  readonly window: string;
  readonly late: string;
  readonly stuck: string;
  readonly unowned: boolean;
}

const LEAST_WINDOW_MS = 60_000;
const LEAST_LATE_MS = 1_000;
const MOST_MS = 90 * 86_400_000;

/** What became of the times at which schedules were to fire. */
export function addHealth(program: Command): void {
  const { windowMs, lateMs, stuckFactor } = HEALTH_DEFAULTS;
  addStoreFlags(
    program
      .command('health')
      .description('compares what should have run with what has run; exit code 1 with findings'),
  )
    .argument('[plan]', `${PLAN_ARGUMENT[1]}; without: all schedules of the namespace`)
    .option('--window <duration>', 'how far back to look', durationText(windowMs))
    .option('--late <duration>', 'a start is late from here on, jitter aside', durationText(lateMs))
    .option(
      '--stuck <factor>',
      'a run is stuck after so many of its expected durations, or of the times it swallows',
      String(stuckFactor),
    )
    .option('--no-unowned', 'do not look for schedules that no plan owns')
    .addHelpText(
      'after',
      examples(
        'temporal schedule plan health -n production',
        'temporal schedule plan health plan.yaml --window 7d --late 2m -o jsonl',
      ),
    )
    .action(async (path: string | undefined, flags: Flags, self: Command) => {
      const limits = {
        windowMs: duration('--window', flags.window, LEAST_WINDOW_MS),
        lateMs: duration('--late', flags.late, LEAST_LATE_MS),
        stuckFactor: factor(flags.stuck),
        unowned: flags.unowned,
      };
      const plan = path === undefined ? undefined : await readPlan(path, self);
      storeOptions(self);
      const report = await withTemporal(self, (client) =>
        withService(self, async (once) => {
          const nowMs = (await once.clock()).getTime();
          return checkHealth(healthSources(client, once.registered.store()), { ...limits, plan, nowMs });
        }),
      );
      print(self, report, reportLines(report), report.findings);
      if (!report.healthy) throw new Reported(EXIT.failed);
    });
}

function duration(flag: string, text: string, leastMs: number): number {
  const ms = parseGoDuration(text);
  if (ms !== undefined && ms >= leastMs && ms <= MOST_MS) return ms;
  const range = `from ${durationText(leastMs)} to ${durationText(MOST_MS)}`;
  throw new InvalidOptionError(flag, `is not a duration ${range}`, 'Write one such as 30s, 10m or 24h');
}

function factor(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) >= 1) return Number(text);
  throw new InvalidOptionError('--stuck', 'is not a whole number from 1 to 9999', 'Write one such as 3');
}

function reportLines({ schedules, findings, notes, healthy }: HealthReport): string[] {
  const sum = (of: (one: ScheduleHealth) => number): number =>
    schedules.reduce((total, one) => total + of(one), 0);
  const [expected, started] = [sum(({ counts }) => counts.expected), sum(({ counts }) => counts.started)];
  const looked = `${schedules.length} ${schedules.length === 1 ? 'schedule' : 'schedules'}, ${started} of ${expected} expected runs`;
  return [
    ...findings.map(findingText),
    ...notes.map((note) => `note: ${note}`),
    `${looked}: ${healthy ? 'healthy' : `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`}.`,
  ];
}

function findingText({ rule, scheduleId, file, line, column, proof, change }: HealthFinding): string {
  const place = line === undefined ? '' : `${file ?? ''}:${line}:${column ?? 1} `;
  return [`${place}${rule}: ${scheduleId}`, `    ${proof}`, `    change: ${change}`].join('\n');
}
