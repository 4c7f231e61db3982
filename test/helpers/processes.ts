import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** What a child process of a test says: a name and whatever belongs to it. */
export interface Message {
  readonly is: string;
  readonly [field: string]: unknown;
}

/** A forked process of a test, talked to by messages. */
export class TestProcess {
  private readonly inbox: Message[] = [];
  private readonly waiting = new Set<() => void>();
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  stderr = '';

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (message) => {
      this.inbox.push(message as Message);
      this.tell();
    });
    child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.exited = once(child, 'exit').then((args) => {
      const [code, signal] = args as [number | null, string | null];
      this.tell();
      return { code, signal };
    });
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    void this.exited.then(() => process.off('exit', kill));
  }

  /** @param name file in `children/`, without its ending. */
  static start(name: string, settings: Record<string, unknown>): TestProcess {
    const child = fork(join(__dirname, 'children', `${name}.js`), [JSON.stringify(settings)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    return new TestProcess(child);
  }

  /** The next message of that name. */
  async next(is: string, withinMs = 30_000): Promise<Message> {
    const startedAt = performance.now();
    for (;;) {
      const at = this.inbox.findIndex((message) => message.is === is);
      if (at >= 0) return this.inbox.splice(at, 1)[0] as Message;
      const leftMs = withinMs - (performance.now() - startedAt);
      const { exitCode, signalCode } = this.child;
      if (leftMs <= 0 || exitCode !== null || signalCode !== null)
        throw new Error(`no message ${is} (exit ${exitCode ?? signalCode ?? 'none'}): ${this.stderr}`);
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          this.waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, leftMs);
        this.waiting.add(done);
      });
    }
  }

  say(message: Message): void {
    this.child.send(message);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  private tell(): void {
    for (const done of [...this.waiting]) done();
  }
}

/** In a child: its settings. */
export function settings<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T;
}

/** In a child: tells the parent; resolves once the message is out. */
export function report(is: string, fields: Record<string, unknown> = {}): Promise<void> {
  return new Promise((resolve) => process.send?.({ is, ...fields }, undefined, undefined, () => resolve()));
}

/** In a child: waits for the parent to say it. */
export function told(is: string): Promise<Message> {
  return new Promise((resolve) => {
    const listen = (message: Message): void => {
      if (message.is !== is) return;
      process.off('message', listen);
      resolve(message);
    };
    process.on('message', listen);
  });
}
