import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly log: string;
  readonly ready: () => Promise<boolean>;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

const START_PATIENCE_MS = 60_000;

/** Ends with this process, however that ends in order: what was stopped in the middle of a fault included. */
const alive = new Set<ChildProcess>();
process.once('exit', () => alive.forEach((child) => child.kill('SIGKILL')));

/** A server of the run's own, that may be killed and started again at the same place. */
export class Program {
  private child: ChildProcess | undefined;
  private stopped = false;

  constructor(
    readonly name: string,
    private readonly options: ProgramOptions,
  ) {}

  /** @throws Error with the end of its log when it does not come up. */
  async start(): Promise<void> {
    if (this.stopped) return;
    const { command, args, log, uid, gid, env } = this.options;
    const sink = openSync(log, 'a');
    const user = uid === undefined || gid === undefined ? {} : { uid, gid };
    const child = spawn(command, args, {
      stdio: ['ignore', sink, sink],
      env: env ?? process.env,
      cwd: '/',
      ...user,
    });
    closeSync(sink);
    this.child = child;
    alive.add(child);
    let ended: string | undefined;
    child.on('error', (error) => (ended = error.message));
    child.on('exit', (code, signal) => {
      alive.delete(child);
      ended = `ended with ${signal ?? code}`;
    });
    const startedAtMs = performance.now();
    while (ended === undefined && performance.now() - startedAtMs < START_PATIENCE_MS) {
      if (await this.options.ready().catch(() => false)) return;
      if (this.stopped) return;
      await sleep(50);
    }
    child.kill('SIGKILL');
    throw new Error(`${this.name} did not start (${ended ?? 'no answer'}):\n${lastLines(log)}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Ends it by `signal`, or by SIGKILL where that takes too long. */
  async end(signal: NodeJS.Signals, patienceMs = 8_000): Promise<void> {
    const child = this.child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    await exited;
    clearTimeout(late);
  }

  /** For good: a start that is under way, or comes later, comes to nothing. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.child?.kill('SIGCONT');
    await this.end('SIGKILL');
  }
}

function lastLines(log: string): string {
  return readFileSync(log, 'utf8').trim().split('\n').slice(-8).join('\n');
}
