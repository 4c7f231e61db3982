import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { InvalidOptionError } from '../../errors';
import { apply, type Applied } from '../../schedules/apply';
import type { Live } from '../../schedules/describe';
import { diff, type Step } from '../../schedules/diff';
import { drift } from '../../schedules/drift';
import { createCommand } from '../../schedules/export';
import { planYaml, takeOver } from '../../schedules/import';
import { prunable, prune, type Prunable } from '../../schedules/prune';
import { UnreadableScheduleError } from '../../schedules/reconcile-errors';
import { parseGoDuration } from '../../schedules/spec';
import { validatePlan } from '../../schedules/validate/validate-plan';
import { colorsOf } from '../colors';
import { examples } from '../examples';
import { EXIT, Reported } from '../exit';
import { outputFormat, print } from '../output';
import { addStoreFlags } from '../store';
import { PLAN_ARGUMENT, readPlan } from './read-plan';
import { stepJson, stepLines } from './step-lines';
import { withNamespace } from './with-namespace';

interface Flags {
  readonly dryRun?: boolean;
  readonly failOnDifference?: boolean;
  readonly yes?: boolean;
  readonly lead: string;
  readonly wait: string;
}

/** What compares a plan with a live namespace, and makes it so. */
export function addReconcile(program: Command): void {
  addStoreFlags(
    program.command('diff').description('says how the namespace differs from the plan; changes nothing'),
  )
    .argument(...PLAN_ARGUMENT)
    .option('--fail-on-difference', 'exit code 1 when there is a difference')
    .addHelpText(
      'after',
      examples('temporal schedule plan diff plan.yaml -n production --fail-on-difference'),
    )
    .action(async (path: string, flags: Flags, self: Command) => {
      const plan = await readPlan(path, self);
      const steps = await withNamespace(self, (server, owned) => diff(plan, server, owned));
      printSteps(self, steps);
      if (steps.some(isUnreadable) || (flags.failOnDifference === true && differs(steps)))
        throw new Reported(EXIT.failed);
    });
  addStoreFlags(
    program.command('apply').description('makes the namespace what the plan says; deletes nothing'),
  )
    .argument(...PLAN_ARGUMENT)
    .option('--dry-run', 'the same as diff, after the plan was validated')
    .option('--lead <duration>', 'how far ahead a schedule with a new id takes over', '10s')
    .option('--wait <duration>', 'how long a due run or a take-over is waited for', '2m')
    .addHelpText(
      'after',
      examples(
        'temporal schedule plan apply plan.yaml --dry-run',
        'temporal schedule plan apply plan.yaml -n production --profile cloud',
      ),
    )
    .action(async (path: string, flags: Flags, self: Command) => {
      const [leadMs, waitMs] = [duration('--lead', flags.lead), duration('--wait', flags.wait)];
      const plan = await readPlan(path, self);
      const { holds, findings } = validatePlan(plan);
      if (!holds) {
        for (const { severity, rule, jobs, proof } of findings)
          if (severity === 'error') process.stderr.write(`error: ${rule} (${jobs.join(', ')}): ${proof}\n`);
        process.stderr.write('The plan does not hold: nothing was written. See validate.\n');
        throw new Reported(EXIT.failed);
      }
      await withNamespace(self, async (server, owned) => {
        if (flags.dryRun === true) {
          const steps = await diff(plan, server, owned);
          printSteps(self, steps);
          if (steps.some(isUnreadable)) throw new Reported(EXIT.failed);
          return;
        }
        const done = await apply(plan, server, owned, { leadMs, waitMs });
        print(self, done, done.map(appliedLine));
        if (done.some(({ did }) => did === 'unreadable')) throw new Reported(EXIT.failed);
      });
    });
  addStoreFlags(
    program.command('prune').description('deletes what the plan owns and does not speak of any more'),
  )
    .argument(...PLAN_ARGUMENT)
    .option('--yes', 'without asking')
    .addHelpText('after', examples('temporal schedule plan prune plan.yaml --yes'))
    .action(async (path: string, flags: Flags, self: Command) => {
      if (flags.yes !== true && process.stdin.isTTY !== true)
        throw new InvalidOptionError('--yes', 'is missing', 'Without a terminal nobody can be asked');
      const plan = await readPlan(path, self);
      await withNamespace(self, async (server, owned) => {
        const found = await prunable(plan, server, owned);
        const going = found.filter(({ kind }) => kind === 'delete' || kind === 'gone');
        if (going.length > 0 && flags.yes !== true && !(await agreed(going.map(({ id }) => id))))
          throw new Reported(EXIT.failed);
        const { pruned, kept: late } = await prune(plan, going, server, owned);
        const kept = [...found.filter((one) => !going.includes(one)), ...late];
        print(self, { pruned, kept: kept.map(({ id }) => id) }, [
          ...pruned.map((id) => `deleted ${id}`),
          ...kept.map(keptLine),
          ...(found.length === 0 ? ['nothing to prune'] : []),
        ]);
        if (kept.some(isUnreadable)) throw new Reported(EXIT.failed);
      });
    });
  addStoreFlags(
    program
      .command('drift')
      .description('says what was changed by hand since apply; exit code 1 if anything'),
  )
    .argument(...PLAN_ARGUMENT)
    .addHelpText('after', examples('temporal schedule plan drift plan.yaml -n production -o jsonl'))
    .action(async (path: string, _flags: object, self: Command) => {
      const plan = await readPlan(path, self);
      const found = await withNamespace(self, (server, owned) => drift(plan.name, server, owned));
      const lines = found.flatMap(({ id, kind, fields, reason }) => [
        `${id} ${kind}${reason === undefined ? '' : `: ${reason}`}`,
        ...fields.map(({ field, from, to }) => `    ${field}: ${from} → ${to}`),
      ]);
      print(self, found, found.length === 0 ? ['no drift'] : lines);
      if (found.length > 0) throw new Reported(EXIT.failed);
    });
  program
    .command('export')
    .description('prints the commands of the stock Temporal CLI that create the schedules of the plan')
    .argument(...PLAN_ARGUMENT)
    .addHelpText('after', examples('temporal schedule plan export plan.yaml > create.sh'))
    .action(async (path: string, _flags: object, self: Command) => {
      const commands = (await readPlan(path, self)).jobs.map(createCommand);
      print(self, commands, commands);
    });
  addStoreFlags(
    program.command('import').description('takes live schedules into a plan, and prints them as its file'),
  )
    .argument('<plan-name>', 'the name of the plan')
    .argument('<schedule-id...>', 'the schedules')
    .option('--dry-run', 'prints only')
    .addHelpText(
      'after',
      examples('temporal schedule plan import facility site-check nightly > facility.yaml'),
    )
    .action(async (name: string, ids: string[], flags: Flags, self: Command) => {
      await withNamespace(self, async (server, owned) => {
        const lives: Live[] = [];
        const unreadable: UnreadableScheduleError[] = [];
        for (const id of ids) {
          const live = await server.find(id).catch((error: unknown) => {
            if (!(error instanceof UnreadableScheduleError)) throw error;
            unreadable.push(error);
            return error;
          });
          if (live instanceof UnreadableScheduleError) continue;
          if (live === undefined)
            throw new InvalidOptionError(
              '<schedule-id>',
              `no schedule ${id} is known`,
              'See temporal schedule list',
            );
          if (live.owner !== undefined && live.owner !== name)
            throw new InvalidOptionError(
              '<schedule-id>',
              `${id} belongs to plan ${live.owner}`,
              'Leave it out',
            );
          lives.push(live);
        }
        if (flags.dryRun !== true) await takeOver(name, lives, owned);
        if (outputFormat(self) !== 'none') process.stdout.write(planYaml(name, lives));
        for (const { message } of unreadable) process.stderr.write(`error: ${message}\n`);
        if (unreadable.length > 0) throw new Reported(EXIT.failed);
      });
    });
}

/** JSON has the steps without their texts for people. */
function printSteps(self: Command, steps: readonly Step[]): void {
  const colors = colorsOf(self);
  print(
    self,
    steps.map(stepJson),
    steps.flatMap((step) => stepLines(step, colors)),
  );
}

const isUnreadable = ({ kind }: { readonly kind: string }): boolean => kind === 'unreadable';
const keptLine = ({ id, kind, reason }: Prunable): string =>
  `kept ${id}: ${kind === 'unreadable' ? `it can not be read: ${reason}` : 'it has not the mark of the plan'}`;
const differs = (steps: readonly Step[]): boolean => steps.some(({ kind }) => kind !== 'unchanged');

async function agreed(ids: readonly string[]): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test(await terminal.question(`Delete ${ids.join(', ')}? [y/N] `));
  } finally {
    terminal.close();
  }
}

function appliedLine({ id, did, changes, givenBack, until, waitsFor, reason }: Applied): string {
  if (did === 'unreadable') return `unreadable ${id}: ${reason}`;
  const fields = changes.length === 0 ? '' : ` (${changes.map(({ field }) => field).join(', ')})`;
  const later =
    did === 'pending' ? `: waits for ${waitsFor}, until ${until?.toISOString()}; apply again` : '';
  const started = givenBack.map((at) => `; started its run of ${at.toISOString()}`).join('');
  return `${did} ${id}${fields}${later}${started}`;
}

function duration(flag: string, text: string): number {
  const ms = parseGoDuration(text);
  if (ms !== undefined && ms >= 0) return ms;
  throw new InvalidOptionError(flag, 'is not a duration', 'Write one such as 30s or 2m');
}
