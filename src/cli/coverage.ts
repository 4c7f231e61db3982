import type { Command } from 'commander';
import { CoverageTooLowError } from '../coverage-errors';
import { InvalidOptionError } from '../errors';
import type { CoverageReport } from '../idempotency/coverage';
import { coverageSpan } from '../idempotency/coverage-options';
import { coverageOfModule } from './coverage-module';
import { coverageLines } from './coverage-table';
import { examples } from './examples';
import { print } from './output';
import { withService } from './store';

interface Flags {
  readonly failUnder?: string;
  readonly since?: string;
  readonly module?: string;
  readonly taskQueue?: string;
  /** A flag of the Temporal CLI: here it chooses among the namespaces of the store. */
  readonly namespace?: string;
}

export function addCoverage(program: Command): void {
  program
    .command('coverage')
    .description('Which activity types are protected, how, and whose retry policy stands out.')
    .option('--fail-under <percent>', 'exit with 1 when fewer types are protected, 0 to 100')
    .option('--since <duration>', 'what counts of what workers said and saw (default: 1d)')
    .option('--task-queue <name>', 'of this task queue only')
    .option(
      '--module <path>',
      'look at this module instead of the store: its exports `activities` and `once`',
    )
    .addHelpText(
      'after',
      examples(
        'temporal once coverage --since 7d',
        'temporal once coverage --fail-under 100 -o json',
        'temporal once coverage --module ./dist/activities.js --fail-under 100',
      ),
    )
    .action(async (_flags: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const wanted = percent(flags.failUnder);
      const report = await reportFor(flags, command);
      print(command, report, coverageLines(report, command), report.types);
      if (wanted === undefined || report.percentProtected >= wanted) return;
      const unprotected = report.types.filter((one) => !one.protected).map(({ type }) => type);
      throw new CoverageTooLowError(report.percentProtected, wanted, report.types.length, unprotected);
    });
}

async function reportFor(flags: Flags, command: Command): Promise<CoverageReport> {
  const { since, module, taskQueue, namespace } = flags;
  if (module === undefined) {
    coverageSpan({ since });
    return withService(command, (once) => once.coverage({ since, taskQueue, namespace }));
  }
  if (since !== undefined)
    throw new InvalidOptionError(
      '--since',
      'given beside --module',
      'A module that does not run saw nothing',
    );
  return coverageOfModule(module, { namespace, taskQueue });
}

function percent(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const value = /^\d+(\.\d+)?$/.test(given) ? Number(given) : NaN;
  if (value >= 0 && value <= 100) return value;
  throw new InvalidOptionError('--fail-under', `${JSON.stringify(given)} is no percentage`, 'Give 0 to 100');
}
