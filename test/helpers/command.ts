import { execFile, type ExecFileException } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { env } from './services';

const CLI = join(__dirname, '..', '..', 'src', 'cli');
const MAINS = {
  'temporal-once': join(CLI, 'main.js'),
  'temporal-schedule-plan': join(CLI, 'plan', 'main.js'),
};

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A folder with the commands in it, as an installation puts them on PATH, and whatever a test writes. */
export class Commands {
  private made: string | undefined;

  /** @param environment changes to that of this process; undefined takes a variable out. */
  constructor(private readonly environment: NodeJS.ProcessEnv = {}) {}

  /** Made when it is first needed: a suite of which no test runs is loaded all the same, and never ended. */
  get folder(): string {
    if (this.made === undefined) {
      this.made = mkdtempSync(join(tmpdir(), 'once-command-'));
      for (const [name, main] of Object.entries(MAINS)) symlinkSync(main, join(this.made, name));
    }
    return this.made;
  }

  close(): void {
    if (this.made !== undefined) rmSync(this.made, { recursive: true, force: true });
  }

  write(name: string, text: string | Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** Through the stock Temporal CLI, which finds the command on PATH. */
  temporal(args: readonly string[], change: NodeJS.ProcessEnv = {}, stdin = ''): Promise<Ran> {
    return this.exec(env('ONCE_TEMPORAL_BIN'), args, change, stdin);
  }

  direct(
    command: keyof typeof MAINS,
    args: readonly string[],
    change: NodeJS.ProcessEnv = {},
    stdin = '',
  ): Promise<Ran> {
    return this.exec(process.execPath, [MAINS[command], ...args], change, stdin);
  }

  private exec(
    program: string,
    args: readonly string[],
    change: NodeJS.ProcessEnv,
    stdin: string,
  ): Promise<Ran> {
    const PATH = [this.folder, dirname(process.execPath), process.env['PATH']].join(delimiter);
    const environment = { ...process.env, PATH, ...this.environment, ...change };
    return new Promise((resolve) => {
      const options = { env: environment, timeout: 50_000, maxBuffer: 2 ** 26 };
      const child = execFile(program, args, options, (error, out, err) => {
        const { code } = (error ?? { code: 0 }) as ExecFileException;
        resolve({ code: typeof code === 'number' ? code : -1, out, err });
      });
      // The command may have seen enough before it has read all.
      child.stdin?.on('error', () => undefined).end(stdin);
    });
  }
}
