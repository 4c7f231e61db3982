import { execFile } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { assert } from '../helpers/assert';
import { Commands } from '../helpers/command';
import { env, need } from '../helpers/services';
import { Terminal } from '../helpers/terminal';

const NAMES = ['temporal-once', 'temporal-schedule-plan'] as const;
const PROMPT = 'typed> ';
const run = promisify(execFile);
const symlinkOnce = (target: string, path: string): void => {
  if (!existsSync(path)) symlinkSync(target, path);
};

/** How a shell is started bare, and what its person wrote into its start-up file. */
const SHELLS = {
  bash: {
    variable: 'ONCE_BASH_BIN',
    args: ['--norc', '--noprofile', '-i'],
    prepare: `PS1='${PROMPT}'; bind 'set enable-bracketed-paste off'; bind 'set show-all-if-ambiguous on'`,
    load: (script: string) => `source '${script}'`,
  },
  zsh: {
    variable: 'ONCE_ZSH_BIN',
    args: ['-f', '-i'],
    prepare: `PS1='${PROMPT}'; unset zle_bracketed_paste; setopt no_beep auto_list no_prompt_sp; autoload -Uz compinit && compinit -u -D`,
    load: (script: string) => `source '${script}'`,
  },
} as const;

describe('[integration] completion in a shell', function () {
  // Each Tab starts a process.
  this.timeout(240_000);
  let commands: Commands;
  let terminal: Terminal | undefined;
  let environment: NodeJS.ProcessEnv;
  before(() => {
    commands = new Commands();
    commands.write('plan-of-mine.yaml', 'name: mine\n');
    const PATH = [commands.folder, dirname(process.execPath), process.env['PATH']].join(delimiter);
    environment = { ...process.env, PATH, HOME: commands.folder };
  });
  afterEach(async () => {
    await terminal?.close();
    terminal = undefined;
  });
  after(() => commands?.close());

  async function scripts(shell: string): Promise<string[]> {
    return Promise.all(
      NAMES.map(async (name) => {
        const { code, out, err } = await commands.direct(name, ['completion', shell]);
        assert.equal(code, 0, err);
        return commands.write(`${name}.${shell}`, out);
      }),
    );
  }

  async function open(shell: keyof typeof SHELLS, more: readonly string[] = []): Promise<Terminal> {
    const { variable, args, prepare, load } = SHELLS[shell];
    const opened = (terminal = Terminal.start(env(variable), args, environment));
    const lines = [`cd '${commands.folder}'`, prepare, ...(await scripts(shell)).map(load), ...more];
    const file = commands.write(`start.${shell}`, `${lines.join('\n')}\n`);
    // A shell shows that it reads by answering: what is typed before is not always kept.
    await opened.type(`. '${file}' && printf 'is %s\\n' there\n`, new RegExp(`is there[\\s\\S]*${PROMPT}$`));
    return opened;
  }

  /** What a person writes to have the stock CLI complete. */
  function stock(shell: keyof typeof SHELLS | 'fish'): string[] {
    symlinkOnce(env('ONCE_TEMPORAL_BIN'), join(commands.folder, 'temporal'));
    if (shell === 'fish') return ['temporal completion fish | source'];
    return [
      ...(shell === 'bash' ? [`source '${env('ONCE_BASH_COMPLETION')}'`] : []),
      `source <(temporal completion ${shell})`,
    ];
  }

  /** What stands on the line after a Tab in place of what was typed. */
  async function tab(line: string, becomes: RegExp): Promise<string> {
    const shown = await (terminal as Terminal).type(`${line}\t`, becomes);
    // Takes the line away: a comment that nothing runs would still be looked at.
    await (terminal as Terminal).type(
      '\u0015\u000becho cleared\n',
      new RegExp(`\\ncleared[\\s\\S]*${PROMPT}$`),
    );
    return shown;
  }

  for (const shell of ['bash', 'zsh'] as const) {
    describe(shell, () => {
      before(function () {
        need(this, SHELLS[shell].variable);
      });

      it('Tab completes commands, flags, choices and files', async () => {
        await open(shell);
        await tab('temporal-once keys cl', /temporal-once keys clear $/);
        await tab('temporal-once -o json keys list --older', /--older-than $/);
        await tab('temporal-once keys list --state v', /--state vanished $/);
        await tab('temporal-once keys list --state=v', /--state=vanished $/);
        await tab('temporal-once doctor --role op', /--role operator $/);
        await tab('temporal-once -o jsonl loc', /-o jsonl locks $/);
        await tab('temporal-once --postgres keys loc', /--postgres keys locks $/);
        await tab('temporal-once completion z', /completion zsh $/);
        await tab('temporal-schedule-plan val', /temporal-schedule-plan validate $/);
        await tab('temporal-schedule-plan validate plan-of', /validate plan-of-mine\.yaml $/);
        await tab('temporal-once ui --plan plan-of', /--plan plan-of-mine\.yaml $/);
        const all = await tab('temporal-once keys list --state ', /vanished[\s\S]*--state *$/);
        for (const state of ['running', 'vanished', 'unknown', 'completed', 'failed', 'free'])
          assert.match(all, new RegExp(`\\b${state}\\b`));
        const flags = await tab('temporal-once keys list --', /--older-than[\s\S]*list --$/);
        assert.match(flags, /--schema/, 'flags of the program too');
      });

      it(`through the Temporal CLI's own script`, async function () {
        need(this, 'ONCE_TEMPORAL_BIN', ...(shell === 'bash' ? ['ONCE_BASH_COMPLETION'] : []));
        await open(shell, stock(shell));
        await tab('temporal onc', /temporal once $/);
        await tab('temporal once keys cl', /temporal once keys clear $/);
        await tab('temporal once keys list --state v', /--state vanished $/);
        await tab('temporal once keys list --color al', /--color always $/);
        await tab('temporal --profile other once keys list --older', /--older-than $/);
        await tab('temporal schedule plan val', /temporal schedule plan validate $/);
        await tab('temporal schedule plan validate plan-of', /validate plan-of-mine\.yaml $/);
        await tab('temporal workflow lis', /temporal workflow list $/);
      });

      it('where no file is meant none is offered', async () => {
        await open(shell);
        // Were files offered, the only one of this beginning would stand there.
        await tab('temporal-once keys show --type plan-of\tend', /--type plan-ofend$/);
        await tab('temporal-schedule-plan validate --horizon plan-of\tend', /--horizon plan-ofend$/);
      });
    });
  }

  describe('fish', () => {
    before(function () {
      need(this, 'ONCE_FISH_BIN');
    });

    /** What a real fish would show on Tab: names, without what is said of them. */
    async function offers(lines: readonly string[], before: readonly string[] = []): Promise<string[][]> {
      const sources = [...(await scripts('fish')).map((script) => `source '${script}'`), ...before];
      const asked = lines.map((line) => `complete --do-complete '${line}'; echo ---`);
      const { stdout } = await run(
        env('ONCE_FISH_BIN'),
        ['--no-config', '-c', [...sources, ...asked].join('\n')],
        {
          env: environment,
          cwd: commands.folder,
        },
      );
      return stdout
        .split('---\n')
        .slice(0, -1)
        .map((part) =>
          part
            .split('\n')
            .filter((one) => one !== '')
            .map((one) => one.split('\t')[0] as string),
        );
    }

    it(`through the Temporal CLI's own script`, async function () {
      need(this, 'ONCE_TEMPORAL_BIN');
      const wanted: readonly (readonly [string, readonly string[]])[] = [
        ['temporal once keys cl', ['clear']],
        ['temporal once keys list --state v', ['vanished']],
        ['temporal once keys list --color al', ['always']],
        ['temporal schedule plan val', ['validate']],
        ['temporal schedule plan validate plan-of', ['plan-of-mine.yaml']],
        ['temporal workflow lis', ['list']],
      ];
      assert.deepEqual(
        await offers(
          wanted.map(([line]) => line),
          stock('fish'),
        ),
        wanted.map(([, names]) => names),
      );
    });

    it('offers commands, flags, choices and files', async () => {
      const wanted: readonly (readonly [string, readonly string[]])[] = [
        ['temporal-once keys cl', ['clear']],
        ['temporal-once -o json keys list --older', ['--older-than']],
        ['temporal-once keys list --state v', ['vanished']],
        ['temporal-once keys list --state=v', ['--state=vanished']],
        ['temporal-once doctor --role op', ['operator']],
        ['temporal-once --postgres keys loc', ['locks']],
        ['temporal-schedule-plan val', ['validate']],
        ['temporal-schedule-plan validate plan-of', ['plan-of-mine.yaml']],
        ['temporal-once ui --plan plan-of', ['plan-of-mine.yaml']],
        ['temporal-once ui --plan=plan-of', ['--plan=plan-of-mine.yaml']],
        ['temporal-once keys show --type plan-of', []],
      ];
      const offered = await offers(wanted.map(([line]) => line));
      assert.deepEqual(
        offered.map((one) => one.sort()),
        wanted.map(([, names]) => names),
      );
    });
  });
});
