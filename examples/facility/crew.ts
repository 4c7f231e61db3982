import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunSettings } from './settings';

interface Member {
  readonly name: string;
  readonly process: ChildProcess;
  readonly exited: Promise<unknown>;
  ready: boolean;
}

const STOP_PATIENCE_MS = 8_000;

/** Two worker processes. One that was killed is followed by another at once: A1, A2, A3 … */
export class Crew {
  private readonly members = new Map<string, Member>();
  private stopping = false;

  constructor(
    private readonly settings: RunSettings,
    private readonly onBroken: (error: Error) => void,
  ) {}

  async start(): Promise<void> {
    this.hire('A', 1);
    this.hire('B', 1);
    while (!this.complete && !this.stopping) await sleep(20);
  }

  /** Whether both are at work. */
  get complete(): boolean {
    return [...this.members.values()].every(({ ready }) => ready) && this.members.size === 2;
  }

  nameOf(slot: 'A' | 'B'): string {
    return this.members.get(slot)?.name ?? slot;
  }

  /** SIGKILL: no handler runs, no transaction is ended, no connection closed. */
  async kill(slot: 'A' | 'B'): Promise<void> {
    const member = this.members.get(slot);
    if (member === undefined) return;
    this.members.delete(slot);
    member.process.kill('SIGKILL');
    await member.exited;
    if (!this.stopping) this.hire(slot, Number(member.name.slice(1)) + 1);
  }

  /** Lets both finish and flush their counters; whoever takes too long is killed. */
  async stop(): Promise<void> {
    this.stopping = true;
    const last = [...this.members.values()];
    const deadline = setTimeout(
      () => last.forEach((member) => member.process.kill('SIGKILL')),
      STOP_PATIENCE_MS,
    );
    for (const member of last) member.process.kill(member.ready ? 'SIGTERM' : 'SIGKILL');
    await Promise.all(last.map(({ exited }) => exited));
    clearTimeout(deadline);
  }

  private hire(slot: 'A' | 'B', generation: number): void {
    const name = `${slot}${generation}`;
    const child = fork(require.resolve('./worker'), [name, JSON.stringify(this.settings)]);
    const member: Member = { name, process: child, exited: once(child, 'exit'), ready: false };
    this.members.set(slot, member);
    child.on('message', () => (member.ready = true));
    child.on('exit', (code) => {
      if (this.stopping || this.members.get(slot) !== member) return;
      this.onBroken(new Error(`worker ${name} ended by itself (exit code ${code})`));
    });
  }
}
