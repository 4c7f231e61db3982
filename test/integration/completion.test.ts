import { execFileSync, spawnSync } from 'node:child_process';
import { assert } from '../helpers/assert';
import { Commands } from '../helpers/command';

describe('[integration] completion in a shell', () => {
  let commands: Commands;
  before(() => (commands = new Commands()));
  after(() => commands.close());

  /** What a real bash offers for the line, as its own Tab does. */
  function bash(line: string): string[] {
    const words = line.split(' ');
    const script = [
      'source <(temporal-once completion bash)',
      `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})`,
      `COMP_CWORD=${words.length - 1}`,
      `COMP_LINE='${line}'; COMP_POINT=${line.length}`,
      'spec=$(complete -p temporal-once)',
      '[[ $spec =~ -F\\ ([^ ]+) ]] && "${BASH_REMATCH[1]}" temporal-once',
      'printf "%s\\n" "${COMPREPLY[@]}"',
    ].join('\n');
    const out = execFileSync('bash', ['--norc', '--noprofile', '-c', script], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${commands.folder}:${process.env['PATH'] ?? ''}` },
    });
    return out.split('\n').filter((one) => one !== '');
  }

  it('offers commands, flags wherever they were declared, and choices', () => {
    assert.ok(
      ['keys', 'locks', 'doctor', 'upkeep', 'migrate'].every((name) => bash('temporal-once ').includes(name)),
    );
    assert.deepEqual(bash('temporal-once keys cl'), ['clear']);
    assert.deepEqual(bash('temporal-once -o json keys list --older'), ['--older-than']);
    assert.deepEqual(bash('temporal-once keys list --state v'), ['vanished']);
    assert.ok(bash('temporal-once keys list --').includes('--schema'), 'flags of the program too');
    assert.deepEqual(bash('temporal-once completion z'), ['zsh']);
    assert.deepEqual(bash('temporal-once --postgres keys loc'), ['locks'], 'what a flag takes is no command');
    assert.ok(!bash('temporal-once ').includes('__complete'));
    assert.deepEqual(bash('temporal-once keys show --type '), [], 'nothing is made up');
  });

  it('its scripts are taken by the shells that are here', function () {
    for (const [shell, args] of [
      ['bash', ['-n']],
      ['zsh', ['-n']],
      ['fish', ['--no-execute']],
    ] as const) {
      if (spawnSync(shell, ['--version']).error !== undefined) continue;
      const script = execFileSync(`${commands.folder}/temporal-once`, ['completion', shell], {
        encoding: 'utf8',
      });
      const { status, stderr } = spawnSync(shell, args, { input: script, encoding: 'utf8' });
      assert.deepEqual([shell, status], [shell, 0], stderr);
    }
  });
});
