import { execFile, spawn, type ChildProcess, type ExecFileException } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { env, until } from '../helpers/services';

const MAIN = join(__dirname, '..', '..', 'src', 'cli', 'plan', 'main.js');

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command, as a process of its own. */
export class GuardProcess {
  private said = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly ended: Promise<unknown>,
  ) {}

  static async start(
    upstream: string,
    flags: readonly string[],
    variables: NodeJS.ProcessEnv = {},
  ): Promise<GuardProcess> {
    const args = [MAIN, 'guard', '--listen', '127.0.0.1:0', '--upstream', upstream, ...flags];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, REDIS_URL: '', ...variables },
    });
    const guard = new GuardProcess(child, once(child, 'exit'));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (guard.said += text));
    process.once('exit', guard.kill);
    await until(() => {
      if (child.exitCode !== null) return true;
      return guard.said.includes('listening on');
    }, 30_000);
    if (child.exitCode !== null) throw new Error(`the guard ended: ${guard.said}`);
    return guard;
  }

  /** host:port */
  get address(): string {
    return /listening on (\S+),/.exec(this.said)?.[1] ?? '';
  }

  /** What it wrote, line by line, without the time. */
  get lines(): readonly string[] {
    return this.said
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/^\S+ /, ''));
  }

  get exitCode(): number | null {
    return this.child.exitCode;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Ended without a word. */
  readonly kill = (): void => void this.child.kill('SIGKILL');

  async stop(): Promise<void> {
    process.off('exit', this.kill);
    if (this.child.exitCode === null && this.child.signalCode === null) this.kill();
    await this.ended;
  }
}

export function run(
  program: string,
  args: readonly string[],
  variables: NodeJS.ProcessEnv = {},
  timeout = 90_000,
): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...variables }, timeout, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(program, args, options, (error, out, err) => {
      const { code } = (error ?? { code: 0 }) as ExecFileException;
      resolve({ code: typeof code === 'number' ? code : 1, out, err });
    });
    child.stdin?.end();
  });
}

/** The stock command line, against that address. */
export function stock(address: string, ...args: string[]): Promise<Ran> {
  return run(env('ONCE_TEMPORAL_BIN'), [...args, '--address', address, '--disable-config-file']);
}
