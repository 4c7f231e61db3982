import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { hoursOf, hoursText } from '../../schedules/matrix/hours';
import { lanesSvg } from '../../schedules/matrix/lanes-svg';
import { runsOf, type Run } from '../../schedules/matrix/runs';
import { addHorizon, readHorizon, type HorizonFlags } from './horizon';
import { readPlan, type OutputFormat } from './read-plan';

const DAY_SECONDS = 86_400;

interface Flags extends HorizonFlags {
  readonly svg?: string;
  readonly json?: boolean;
}

/** `matrix`: the starts of a plan by hour and minute, or the runs over time as SVG. Asks no server. */
export function addMatrix(program: Command): void {
  const command = program
    .command('matrix')
    .description('shows the starts of a plan by hour of the day and minute of the hour, UTC')
    .argument('<plan>', 'the plan file; - for standard input')
    .option('--svg <file>', 'write the runs over time there, a lane for each task queue')
    .option('--json', 'the same as -o json');
  addHorizon(command, '1d').action(async (path: string, flags: Flags, self: Command) => {
    const { output } = self.optsWithGlobals<{ output: OutputFormat }>();
    const format = flags.json === true ? 'json' : output;
    const { from, horizonMs } = readHorizon(flags);
    // A day is looked at from its midnight.
    const second = Math.floor(from.getTime() / 1000);
    const begin = flags.from === undefined ? second - (second % DAY_SECONDS) : second;
    const horizon = { from: begin, until: begin + Math.ceil(horizonMs / 1000) };
    const plan = await readPlan(path, format);
    const runs = runsOf(plan, horizon);
    if (flags.svg !== undefined) await writeFile(flags.svg, lanesSvg(`Plan ${plan.name}`, runs, horizon));
    print(runs, format);
  });
}

function print(runs: readonly Run[], format: OutputFormat): void {
  if (format === 'none') return;
  const rows = hoursOf(runs);
  if (format === 'text') {
    process.stdout.write(
      `${hoursText(rows)}\n\n· none, 1–9 starts, + more, ! a run that collides on its resource\n`,
    );
    return;
  }
  const cells = rows.flatMap((row, hour) =>
    row.flatMap((cell, minute) => (cell.starts === 0 ? [] : [{ hour, minute, ...cell }])),
  );
  const text =
    format === 'json'
      ? JSON.stringify(cells, undefined, 2)
      : cells.map((cell) => JSON.stringify(cell)).join('\n');
  process.stdout.write(`${text}\n`);
}
