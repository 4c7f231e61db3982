import type { Command } from 'commander';
import { hoursOf, hoursText, type Cell } from '../../schedules/matrix/hours';
import { lanesSvg } from '../../schedules/matrix/lanes-svg';
import { runsOf } from '../../schedules/matrix/runs';
import { horizonText } from '../../schedules/validate/found';
import { instantText, namesText } from '../../schedules/validate/wording';
import { examples } from '../examples';
import { print } from '../output';
import { addHorizon, readHorizon, type HorizonFlags } from './horizon';
import { PLAN_ARGUMENT, readPlan } from './read-plan';
import { writeSvg } from './write-svg';

const DAY_SECONDS = 86_400;
const MOST_NAMED = 20;

interface Flags extends HorizonFlags {
  readonly svg?: string;
}

/** `matrix`: the starts of a plan by hour and minute, or the runs over time as SVG. Asks no server. */
export function addMatrix(program: Command): void {
  const command = program
    .command('matrix')
    .description('shows the starts of a plan by hour of the day and minute of the hour, UTC')
    .argument(...PLAN_ARGUMENT)
    .option('--svg <file>', 'write the runs over time there, a lane for each task queue')
    .addHelpText(
      'after',
      examples(
        'temporal schedule plan matrix plan.yaml',
        'temporal schedule plan matrix plan.yaml --from 2026-01-01T00:00:00Z --horizon 7d --svg plan.svg',
      ),
    );
  addHorizon(command, '1d').action(async (path: string, flags: Flags, self: Command) => {
    const { from, horizonMs } = readHorizon(flags);
    // A day is looked at from its midnight.
    const second = Math.floor(from.getTime() / 1000);
    const begin = flags.from === undefined ? second - (second % DAY_SECONDS) : second;
    const horizon = { from: begin, until: begin + Math.ceil(horizonMs / 1000) };
    const plan = await readPlan(path, self);
    const runs = runsOf(plan, horizon);
    const title = `Plan ${plan.name}, ${horizonText(horizon)} from ${instantText(begin)}`;
    if (flags.svg !== undefined) await writeSvg(flags.svg, lanesSvg(title, runs, horizon));
    const rows = hoursOf(runs);
    const cells = rows.flatMap((row, hour) =>
      row.flatMap((cell, minute) => (cell.starts === 0 ? [] : [{ hour, minute, ...cell }])),
    );
    print(self, cells, [
      `${title}: starts by hour and minute, UTC`,
      '',
      hoursText(rows),
      '',
      '· none   1–9 starts (of the fullest day)   + more   ! a collision',
      ...collisionLines(cells),
    ]);
  });
}

/** Who meets in the minutes that are marked. */
function collisionLines(cells: readonly (Cell & { hour: number; minute: number })[]): string[] {
  const marked = cells.filter(({ collides }) => collides);
  if (marked.length === 0) return [];
  const two = (value: number): string => String(value).padStart(2, '0');
  const shown = marked
    .slice(0, MOST_NAMED)
    .map(({ hour, minute, jobs }) => `  ${two(hour)}:${two(minute)}  ${namesText(jobs)}`);
  const more = marked.length - shown.length;
  return [
    '',
    'Collisions, on a resource or in a minute that the plan avoids; `validate` proves them:',
    ...shown,
    ...(more === 0 ? [] : [`  and ${more} more minutes`]),
  ];
}
