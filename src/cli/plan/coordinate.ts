import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { InvalidOptionError } from '../../errors';
import { coordinate, type Coordination, type PeakChange } from '../../schedules/coordinate/coordinate';
import { editedYaml, PlanEditError } from '../../schedules/coordinate/edit-yaml';
import { beforeAfterSvg, beforeAfterText } from '../../schedules/coordinate/picture';
import { replaceFile } from '../../schedules/coordinate/write-plan';
import { durationWords } from '../../schedules/duration-words';
import type { Plan } from '../../schedules/job';
import { examples } from '../examples';
import { EXIT, Reported } from '../exit';
import { print } from '../output';
import { addHorizon, readHorizon, type HorizonFlags } from './horizon';
import { addObserved, observedPlan, type ObservedFlags } from './observed';
import { PLAN_ARGUMENT, planFrom, readPlan } from './read-plan';
import { writeSvg } from './write-svg';

const DAY_SECONDS = 86_400;

interface Flags extends HorizonFlags, Omit<ObservedFlags, 'predict'> {
  readonly write?: boolean;
  readonly svg?: string;
}

/** `coordinate`: other offsets for the movable jobs of a plan. Exit code 0 when it then holds, 1 when not. Asks no server but for `--observed`. */
export function addCoordinate(program: Command): void {
  const command = program
    .command('coordinate')
    .description(
      'finds offsets for the movable jobs of a plan that break nothing and keep peaks low, with few moves',
    )
    .argument(...PLAN_ARGUMENT)
    .option('--write', 'write the new offsets into the file, comments and order stay')
    .option('--svg <file>', 'write the runs of a day there, before and after')
    .addHelpText(
      'after',
      examples(
        'temporal schedule plan coordinate plan.yaml',
        'temporal schedule plan coordinate plan.yaml --from 2026-01-01T00:00:00Z --write',
        'temporal schedule plan coordinate plan.yaml --observed --days 30 --svg plan.svg',
      ),
    );
  addObserved(addHorizon(command, '1y')).action(async (path: string, flags: Flags, self: Command) => {
    const { from, horizonMs } = readHorizon(flags);
    if (flags.write === true && path === '-')
      throw new InvalidOptionError('--write', "can't be with standard input", 'Name a file');
    const { plan, bytes } =
      flags.write === true ? await kept(path, self) : { plan: await readPlan(path, self) };
    const { durationsMs } = await observedPlan(self, flags, plan);
    const options = { horizonMs, durationsMs, ...(flags.from === undefined ? {} : { from }) };
    const found = await coordinate(plan, options);
    if (flags.svg !== undefined) await writeSvg(flags.svg, beforeAfterSvg(plan, found.plan, dayOf(found)));
    const { holds } = found.verdict;
    const written = flags.write === true && holds && found.moves.length > 0;
    if (written && bytes !== undefined) await write(path, bytes, found);
    const { plan: _plan, ...report } = found;
    print(self, { ...report, written }, lines(plan, found, written));
    if (holds) return;
    if (flags.write === true) process.stderr.write('The plan would not hold: nothing was written.\n');
    throw new Reported(EXIT.failed);
  });
}

/** The plan, and the bytes that it was read from. */
async function kept(path: string, command: Command): Promise<{ plan: Plan; bytes: Buffer }> {
  const chunks: Buffer[] = [];
  const recorded = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      yield chunk;
    }
  };
  const plan = await planFrom(Readable.from(recorded()), path, command);
  return { plan, bytes: Buffer.concat(chunks) };
}

async function write(path: string, bytes: Buffer, found: Coordination): Promise<void> {
  try {
    await replaceFile(path, bytes, editedYaml(bytes.toString('utf8'), found));
  } catch (error) {
    if (!(error instanceof PlanEditError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    throw new Reported(EXIT.failed);
  }
}

/** The first day of the horizon, from its midnight. */
function dayOf({ horizon }: Coordination): { from: number; until: number } {
  const begin = Math.floor(Date.parse(horizon.from) / 1000 / DAY_SECONDS) * DAY_SECONDS;
  return { from: begin, until: begin + DAY_SECONDS };
}

function lines(given: Plan, found: Coordination, written: boolean): string[] {
  const { moves, unmoved, queues, overall, errors, impossible, fewest, optimal, plan, verdict } = found;
  const word = moves.length === 1 ? 'move' : 'moves';
  return [
    `${moves.length} ${word}${written ? ', written' : ''}`,
    ...moves.map(({ job, from, to, byMs }) => `  ${job}: ${from} → ${to} (${shiftText(byMs)})`),
    ...unmoved.map(({ job, why }) => `  ${job} can't be moved: ${why}`),
    '',
    `errors ${errors.before} → ${errors.after}`,
    ...queues.map(
      ({ queue, capacity, ...peak }) =>
        `peak of ${queue} ${peakText(peak)}${capacity === undefined ? '' : `, capacity ${capacity}`}`,
    ),
    `peak of all ${peakText(overall)}`,
    ...impossible.map(({ rule, proof }) => `impossible, ${rule}: ${proof}`),
    '',
    beforeAfterText(given, plan, dayOf(found)),
    '',
    `fewest moves: ${fewest.proof}`,
    ...(optimal ? ['No placement of the movable jobs is better: all were looked at or ruled out.'] : []),
    `The plan ${verdict.holds ? 'holds' : 'does not hold: see validate'}${moves.length > 0 ? ' with these' : ''}.`,
  ];
}

const shiftText = (byMs: number): string =>
  `${durationWords(Math.abs(byMs))} ${byMs < 0 ? 'earlier' : 'later'}`;

const peakText = ({ before, after, atLeast, why }: PeakChange): string =>
  `${before} → ${after}, at least ${atLeast}: ${why}`;
