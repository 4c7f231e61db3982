import type { Command } from 'commander';
import { Idempotency } from '../idempotency/service';
import { examples } from './examples';
import { print } from './output';
import { storeOptions } from './store';

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('Create the schema, or bring it to this version.')
    .addHelpText(
      'after',
      examples(
        'temporal once migrate',
        'temporal once migrate --postgres postgres://owner@db/app --schema once -o json',
      ),
    )
    .action(async (_flags: object, command: Command) => {
      const { postgres, schema } = storeOptions(command);
      const applied = await Idempotency.migrate({ postgres, schema });
      const said =
        applied.length === 0
          ? [`Schema ${schema} is up to date.`]
          : applied.map((name) => `Applied ${name} to schema ${schema}.`);
      print(command, { schema, applied }, said);
    });
}
