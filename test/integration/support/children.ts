import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from './bundle';
import { randomId, type World } from './world';

export interface ChildConfig {
  readonly schema: string;
  readonly prefix: string;
  readonly effects: string;
  readonly taskQueue: string;
  readonly bundlePath: string;
  readonly seed: number;
}

/** Workers in processes of their own, so that they can be killed. */
export class Children {
  readonly taskQueue = randomId('queue');
  /** How many ended by SIGKILL, their own or ours. */
  kills = 0;
  private readonly folder = mkdtempSync(join(tmpdir(), 'once-children-'));
  private readonly running = new Set<ChildProcess>();
  private stopping = false;
  private bundlePath: Promise<string> | undefined;

  constructor(
    private readonly world: World,
    private readonly given: {
      readonly respawn?: boolean;
      readonly seed?: number;
    } = {},
  ) {}

  /** @returns once the worker polls. */
  async spawn(): Promise<ChildProcess> {
    const bundlePath = await (this.bundlePath ??= this.writeBundle());
    const config: ChildConfig = {
      schema: this.world.schema,
      prefix: this.world.prefix,
      effects: this.world.effects.table,
      taskQueue: this.taskQueue,
      bundlePath,
      seed: this.given.seed ?? 0,
    };
    const child = fork(join(__dirname, 'child-main.js'), [JSON.stringify(config)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, TEMPORAL_ADDRESS: this.world.address },
    });
    this.running.add(child);
    child.once('exit', (_code, signal) => {
      this.running.delete(child);
      if (signal === 'SIGKILL' && !this.stopping) this.kills++;
      if (this.given.respawn === true && !this.stopping) void this.spawn();
    });
    await Promise.race([once(child, 'message'), once(child, 'exit')]);
    return child;
  }

  /** Once: a child may be reading it while the next is spawned. */
  private async writeBundle(): Promise<string> {
    const path = join(this.folder, 'workflows.js');
    writeFileSync(path, (await bundle()).code);
    return path;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(
      [...this.running].map(async (child) => {
        const exit = once(child, 'exit');
        child.kill('SIGKILL');
        await exit;
      }),
    );
    rmSync(this.folder, { recursive: true, force: true });
  }
}
