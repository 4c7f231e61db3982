import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { WorkerSettings } from './settings';
import type { FromWorker } from './worker';

type Sampled = Extract<FromWorker, { is: 'sample' }>;
const PATIENCE_MS = 60_000;

/** The worker under test, in a process of its own. */
export class WorkerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly httpPort: number,
  ) {}

  /** @throws Error when it ends before it works */
  static async start(settings: WorkerSettings): Promise<WorkerProcess> {
    const child = fork(join(__dirname, 'worker.js'), [JSON.stringify(settings)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const { httpPort } = await next(child, 'ready');
    return new WorkerProcess(child, httpPort);
  }

  /** @throws Error when the process has gone, or is silent for a minute */
  async sample(): Promise<Sampled> {
    const answer = next(this.child, 'sample');
    this.child.send('sample');
    return answer;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}

function next<Is extends FromWorker['is']>(
  child: ChildProcess,
  is: Is,
): Promise<Extract<FromWorker, { is: Is }>> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      clearTimeout(timer);
      child.off('message', heard);
      child.off('exit', gone);
    };
    const heard = (message: FromWorker): void => {
      if (message.is !== is) return;
      done();
      resolve(message as Extract<FromWorker, { is: Is }>);
    };
    const fail = (why: string): void => {
      done();
      reject(new Error(`the worker ${why}`));
    };
    const gone = (code: number | null, signal: string | null): void => fail(`ended with ${signal ?? code}`);
    const timer = setTimeout(() => fail('did not answer'), PATIENCE_MS);
    child.on('message', heard);
    child.on('exit', gone);
  });
}
