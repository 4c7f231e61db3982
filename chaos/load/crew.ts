import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random';
import type { Surroundings } from '../services/surroundings';
import type { WorkerSettings } from '../settings';
import type { Operation } from './operations';
import type { CalledMessage, CallMessage } from './service-calls';

interface Member {
  readonly slot: number;
  readonly process: ChildProcess;
  readonly exited: Promise<unknown>;
  readonly calls: Map<string, () => void>;
  ready: boolean;
  stalled: boolean;
}

type Called = 'answered' | 'worker-gone' | 'abandoned';

export type CrewSettings = Omit<WorkerSettings, 'name' | 'databaseUrl' | 'pooled'>;

const RESTART_PAUSE_MS = 300;

/** Worker processes. One that ends, killed or by itself, is followed by another, by another way and another clock. */
export class Crew {
  private readonly members = new Map<number, Member>();
  private generation = 0;
  private stopping = false;
  /** Why workers ended by themselves, the latest. */
  readonly broken: string[] = [];

  constructor(
    private readonly settings: CrewSettings,
    private readonly surroundings: Surroundings,
    private readonly random: Random,
    private readonly size: number,
  ) {}

  async start(interrupted: AbortSignal, patienceMs = 60_000): Promise<void> {
    for (let slot = 0; slot < this.size; slot++) this.hire(slot);
    const startedAtMs = performance.now();
    while (this.atWork().length < this.size) {
      interrupted.throwIfAborted();
      if (performance.now() - startedAtMs > patienceMs)
        throw new Error(`the workers did not come up: ${this.broken.at(-1) ?? 'no word from them'}`);
      await sleep(50);
    }
  }

  /** SIGKILL: no handler runs, no transaction is ended, no connection closed. @returns whether there was one. */
  async kill(): Promise<boolean> {
    const [member] = this.random.shuffled(this.atWork());
    return member !== undefined && this.replace(member);
  }

  /** Another worker in its place, whose wall clock is hours off. */
  async shiftClock(hours: number): Promise<boolean> {
    const [member] = this.random.shuffled(this.atWork());
    return member !== undefined && this.replace(member, hours);
  }

  /** Stops a worker in its tracks for so long. */
  async stall(ms: number): Promise<boolean> {
    const [member] = this.random.shuffled(this.atWork().filter(({ stalled }) => !stalled));
    if (member === undefined) return false;
    member.stalled = true;
    member.process.kill('SIGSTOP');
    await sleep(ms);
    member.process.kill('SIGCONT');
    member.stalled = false;
    return true;
  }

  /** Calls the service in some worker. */
  async call(id: string, operation: Operation, abandoned: AbortSignal): Promise<Called> {
    let members = this.atWork();
    while (members.length === 0 && !abandoned.aborted) {
      await sleep(50);
      members = this.atWork();
    }
    if (abandoned.aborted) return 'abandoned';
    const member = this.random.pick(members);
    const answered = new Promise<Called>((resolve) => member.calls.set(id, () => resolve('answered')));
    const gone = member.exited.then((): Called => 'worker-gone');
    member.process.send({ is: 'call', id, operation } satisfies CallMessage, () => undefined);
    const called = await Promise.race([answered, gone, aborted(abandoned)]);
    member.calls.delete(id);
    return called;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const last = [...this.members.values()];
    for (const { process } of last) process.kill('SIGKILL');
    await Promise.all(last.map(({ exited }) => exited));
  }

  private atWork(): Member[] {
    return [...this.members.values()].filter(({ ready }) => ready);
  }

  private async replace(member: Member, hours?: number): Promise<boolean> {
    this.members.delete(member.slot);
    member.process.kill('SIGKILL');
    await member.exited;
    this.hire(member.slot, hours);
    return true;
  }

  private hire(slot: number, hours = this.drawShift()): void {
    if (this.stopping) return;
    const { routes, faketimeLib } = this.surroundings;
    const route = this.generation % routes.length;
    const settings: WorkerSettings = {
      ...this.settings,
      name: `worker-${slot + 1}.${++this.generation}`,
      databaseUrl: routes[route] as string,
      pooled: route > 0,
    };
    const child = fork(join(__dirname, 'worker.js'), [JSON.stringify(settings)], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: { ...process.env, ...(hours === 0 ? {} : shiftedBy(hours, faketimeLib)) },
    });
    const calls = new Map<string, () => void>();
    const exited = once(child, 'exit');
    const member: Member = { slot, process: child, exited, calls, ready: false, stalled: false };
    this.members.set(slot, member);
    child.on('error', () => undefined);
    child.on('message', (message: { is: string; why?: string } | CalledMessage) => {
      if (message.is === 'ready') member.ready = true;
      if ('id' in message) calls.get(message.id)?.();
      if ('why' in message && message.why !== undefined) this.broken.push(`${settings.name}: ${message.why}`);
    });
    child.on('exit', () => {
      if (this.members.get(slot) !== member) return;
      this.members.delete(slot);
      // It could not start, or lost its server for too long.
      setTimeout(() => this.hire(slot), RESTART_PAUSE_MS);
    });
  }

  /** Every third worker has another time of day. */
  private drawShift(): number {
    return this.random.chance(0.33) ? this.random.pick([-26, -3, 5, 49]) : 0;
  }
}

/** Only the wall clock is shifted: durations, by the monotonic clock, stay true. */
function shiftedBy(hours: number, library: string): NodeJS.ProcessEnv {
  const preload = process.platform === 'darwin' ? 'DYLD_INSERT_LIBRARIES' : 'LD_PRELOAD';
  return {
    [preload]: library,
    FAKETIME: `${hours < 0 ? '' : '+'}${hours}h`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
  };
}

function aborted(signal: AbortSignal): Promise<Called> {
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve('abandoned'), { once: true }),
  );
}
