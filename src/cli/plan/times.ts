import type { Command } from 'commander';
import { nextTimes, parseSpec, SpecError, type SpecProblem } from '../../schedules/spec';
import { examples } from '../examples';
import { print } from '../output';
import { instant, instantText } from '../instant';

const MOST = 100_000;

interface Flags {
  readonly cron?: readonly string[];
  readonly every?: readonly string[];
  readonly interval?: readonly string[];
  readonly timezone?: string;
  readonly timeZone?: string;
  readonly after?: string;
  readonly count: string;
}

const several = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** `times`: the next times of cron strings and intervals, united. Asks no server. */
export function addTimes(program: Command): void {
  program
    .command('times')
    .description('prints the next times at which a spec fires')
    .option('--cron <text>', 'a cron string as Temporal reads it; may be repeated', several)
    .option(
      '--every <interval>',
      'an interval such as 27m, or 27m/1m with its offset; may be repeated',
      several,
    )
    .option('--interval <interval>', 'the same as --every, by its name in temporal schedule create', several)
    .option('--timezone <name>', 'IANA name; default: UTC')
    .option('--time-zone <name>', 'the same as --timezone, by its name in temporal schedule create')
    .option('--after <instant>', 'exclusive, such as 2026-01-01T00:00:00Z; default: now')
    .option('--count <n>', 'how many', '10')
    .addHelpText(
      'after',
      examples(
        "temporal schedule plan times --cron '0,30 * * * *' --time-zone Europe/Berlin --count 5",
        "temporal schedule plan times --cron '0 9 * * MON-FRI' --interval 27m/1m --after 2026-01-01T00:00:00Z -o json",
      ),
    )
    .action((flags: Flags, self: Command) => {
      const times = find(flags);
      print(self, times, times);
    });
}

function find(flags: Flags): string[] {
  const { cron = [] } = flags;
  const every = [...(flags.every ?? []), ...(flags.interval ?? [])];
  const timezone = flags.timezone ?? flags.timeZone;
  const { spec, problems } = parseSpec({
    cronExpressions: cron,
    intervals: every.map((text) => {
      const [interval = '', offset] = text.split(/\/(.*)/);
      return { every: interval, ...(offset === undefined ? {} : { offset }) };
    }),
    ...(timezone === undefined ? {} : { timezone }),
  });
  const wrong = problems.map((problem) => ({ ...problem, field: flagOf(problem, cron, every) }));
  if (timezone !== undefined && flags.timeZone !== undefined && flags.timeZone !== timezone)
    wrong.push({ field: '--time-zone', problem: 'contradicts --timezone', remedy: 'Give one of them.' });
  const after = flags.after === undefined ? Date.now() : instant(flags.after);
  if (Number.isNaN(after))
    wrong.push({
      field: '--after',
      problem: 'not an instant',
      remedy: 'Write one such as 2026-01-01T00:00:00Z.',
    });
  const count = /^\d{1,6}$/.test(flags.count) ? Number(flags.count) : 0;
  if (count < 1 || count > MOST)
    wrong.push({
      field: '--count',
      problem: `not a number from 1 to ${MOST}`,
      remedy: 'Correct the number.',
    });
  if (spec === undefined || wrong.length > 0) throw new SpecError(wrong);
  return nextTimes(spec, { after, count }).map(instantText);
}

/** The flag that was typed, for the field of the spec. */
function flagOf({ field }: SpecProblem, cron: readonly string[], every: readonly string[]): string {
  const [, list, index = ''] = /^(cronExpressions|intervals)\[(\d+)\]/.exec(field) ?? [];
  if (list === 'cronExpressions') return `--cron '${cron[Number(index)]}'`;
  if (list === 'intervals') return `--every '${every[Number(index)]}'`;
  if (field === 'timezone') return '--timezone';
  return cron.length > 0 ? '--cron' : '--every';
}
