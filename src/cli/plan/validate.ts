import type { Command } from 'commander';
import { withFindings, type Finding, type Severity, type Verdict } from '../../schedules/finding';
import { validatePlan } from '../../schedules/validate/validate-plan';
import { examples } from '../examples';
import { EXIT, Reported } from '../exit';
import { print } from '../output';
import { addHorizon, readHorizon, type HorizonFlags } from './horizon';
import { addObserved, addPredict, observedPlan, predicted, type ObservedFlags } from './observed';
import { PLAN_ARGUMENT, readPlan } from './read-plan';

const GROUPS: readonly (readonly [Severity, string, string])[] = [
  ['error', 'error', 'errors'],
  ['warning', 'warning', 'warnings'],
  ['information', 'note', 'notes'],
];

/**
 * `validate`: all that a plan breaks, with proofs. Exit code 0 when it holds, 1 when not, 2 for bad input.
 * Asks no server unless `--observed` is given, and no Postgres unless `--predict` is.
 */
export function addValidate(program: Command): void {
  const command = program
    .command('validate')
    .description('says whether the jobs of a plan collide, with the proof and what to change')
    .argument(...PLAN_ARGUMENT)
    .addHelpText(
      'after',
      examples(
        'temporal schedule plan validate plan.yaml',
        'temporal schedule plan validate plan.yaml --from 2026-01-01T00:00:00Z --horizon 90d -o json',
        'temporal schedule plan validate plan.yaml --observed --days 30 --predict',
      ),
    );
  addPredict(addObserved(addHorizon(command, '1y'))).action(
    async (path: string, flags: HorizonFlags & ObservedFlags, self: Command) => {
      const horizon = readHorizon(flags);
      const { plan, findings } = await observedPlan(self, flags, await readPlan(path, self));
      const coming = flags.predict === true ? await predicted(self, plan, horizon) : [];
      const verdict = withFindings(validatePlan(plan, horizon), [...findings, ...coming]);
      print(self, verdict, verdictLines(verdict), verdict.findings);
      if (!verdict.holds) throw new Reported(EXIT.failed);
    },
  );
}

function verdictLines({ holds, findings }: Verdict): string[] {
  const groups = GROUPS.map(([severity, one, many]) => {
    const group = findings.filter((finding) => finding.severity === severity);
    return { group, title: `${group.length} ${group.length === 1 ? one : many}` };
  }).filter(({ group }) => group.length > 0);
  const lines = groups.flatMap(({ group, title }) => [title, ...group.map(findingText), '']);
  const counts = groups.map(({ title }) => title).join(', ');
  return [...lines, `The plan ${holds ? 'holds' : 'does not hold'}${counts === '' ? '.' : `: ${counts}.`}`];
}

function findingText(finding: Finding): string {
  const { rule, jobs, file, line, column, firstAt, count, period, proof, change } = finding;
  const place = line === undefined ? '' : `${file ?? ''}:${line}:${column ?? 1} `;
  const often =
    count === undefined
      ? ''
      : `, ${count === 1 ? 'once' : `${count} times`}${period === undefined ? '' : ` in ${period}`}`;
  return [
    `  ${place}${rule}: ${jobs.join(', ')}`,
    ...(firstAt === undefined ? [] : [`    first ${firstAt}${often}`]),
    `    proof: ${proof}`,
    `    change: ${change}`,
  ].join('\n');
}
