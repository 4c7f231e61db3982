import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const PATIENCE_MS = 60_000;

/** A process that is measured apart from this one: it says `Ready` once, and an `Answer` whenever it is asked. */
export class Child<Ready, Answer> {
  private constructor(
    private readonly process: ChildProcess,
    readonly ready: Ready,
  ) {}

  /**
   * @param script compiled file; it gets the settings as JSON, and ends when its parent has gone
   * @throws Error when it ends before it is ready
   */
  static async start<Ready, Answer>(script: string, settings: object): Promise<Child<Ready, Answer>> {
    const child = fork(script, [JSON.stringify(settings)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    return new Child<Ready, Answer>(child, (await nextMessage(child)) as Ready);
  }

  /** @throws Error when the process has gone, or is silent for a minute */
  async ask(question: string): Promise<Answer> {
    const answer = nextMessage(this.process);
    this.process.send(question);
    return (await answer) as Answer;
  }

  get isAlive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  async stop(): Promise<void> {
    if (!this.isAlive) return;
    const exited = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exited;
  }
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      clearTimeout(timer);
      child.off('message', heard);
      child.off('exit', gone);
    };
    const heard = (message: unknown): void => {
      done();
      resolve(message);
    };
    const fail = (why: string): void => {
      done();
      reject(new Error(`process ${child.pid ?? ''} ${why}`));
    };
    const gone = (code: number | null, signal: string | null): void => fail(`ended with ${signal ?? code}`);
    const timer = setTimeout(() => fail('did not answer within a minute'), PATIENCE_MS);
    child.on('message', heard);
    child.on('exit', gone);
  });
}
