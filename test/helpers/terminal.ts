import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { until } from './services';

/** Escapes of a terminal: colours, the places of the cursor, titles, the bell, and what a shell asks the terminal. */

const ESCAPES =
  /\u001b(?:\[[0-9;?<>=]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[()][A-Z0-9]|[=>78M]|P[^\u001b]*\u001b\\)|\u0007/g;

/** A shell that a person types into: in a terminal of its own, by `script` of util-linux (or of macOS). */
export class Terminal {
  private said = '';

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => (this.said += chunk.toString()));
  }

  static start(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Terminal {
    const command = [program, ...args];
    const how =
      process.platform === 'darwin'
        ? ['-q', '/dev/null', ...command]
        : ['-qfec', command.map((word) => `'${word}'`).join(' '), '/dev/null'];
    const child = spawn('script', how, {
      env: { ...env, TERM: 'xterm', COLUMNS: '200', LINES: '50' },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    return new Terminal(child);
  }

  /** Types, and waits for what comes of it. @returns all that was shown since. */
  async type(keys: string, shown: RegExp): Promise<string> {
    this.said = '';
    this.child.stdin?.write(keys);
    return this.shows(shown);
  }

  async shows(shown: RegExp): Promise<string> {
    await until(() => shown.test(this.screen()), 60_000).catch((cause: unknown) => {
      throw new Error(`${shown} was not shown, but ${JSON.stringify(this.screen())}`, { cause });
    });
    return this.screen();
  }

  async close(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  private screen(): string {
    return this.said.replace(ESCAPES, '');
  }
}
