import { CommanderError, type Command } from 'commander';
import { buildProgram as buildPlanProgram } from '../../../src/cli/plan/program';
import { buildProgram } from '../../../src/cli/program';
import { assert } from '../../helpers/assert';

describe('[contract] help of the commands', () => {
  const leaves = (command: Command, path: readonly string[] = []): [readonly string[], Command][] =>
    command.commands.length === 0
      ? [[path, command]]
      : command.commands.flatMap((one) => leaves(one, [...path, one.name()]));

  for (const build of [buildProgram, buildPlanProgram]) {
    const program = build();

    it(`${program.name()}: each command says what it does, with examples of itself, the formats and the exit codes`, () => {
      const found = leaves(program);
      assert.ok(found.length > 7);
      for (const [path, command] of found) {
        let help = '';
        command.configureOutput({ writeOut: (text) => (help += text) });
        command.outputHelp();
        const name = path.join(' ');
        assert.ok(command.description().length > 20, name);
        const [, examples = ''] = /\nExamples:\n((?: {2}.+\n)+)/.exec(help) ?? [];
        assert.ok(examples.includes(` ${name} `) || examples.includes(` ${name}\n`), `${name}: ${help}`);
        assert.match(help, /-o json/, name);
        assert.match(help, /Exit codes: 0 /, name);
      }
    });

    it(`${program.name()}: a flag that no command knows is refused by each`, async () => {
      for (const [path] of leaves(program)) {
        const one = build();
        const quiet = (command: Command): void => {
          command.configureOutput({ writeErr: () => undefined, outputError: () => undefined });
          command.commands.forEach(quiet);
        };
        quiet(one);
        await assert.rejects(
          one.parseAsync([...path, '--no-such-flag'], { from: 'user' }),
          (error: unknown) => error instanceof CommanderError && error.code === 'commander.unknownOption',
          path.join(' '),
        );
      }
    });
  }
});
