import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Audit } from '../audit';
import type { Journal } from '../journal/journal';
import type { Crew } from '../load/crew';
import type { Load } from '../load/load';
import type { LossyProxy } from '../services/lossy-proxy';
import type { Program } from '../services/program';
import type { Surroundings } from '../services/surroundings';
import { LEASE_MS } from '../settings';
import type { Operator } from './operator';
import { FAULT_KINDS, PLUGIN_ONLY, type Fault, type FaultKind } from './schedule';

export interface Targets {
  readonly surroundings: Surroundings;
  readonly crew: Crew;
  readonly load: Load;
  readonly journal: Journal;
  /** Undefined in the run without the plugin. */
  readonly audit: Audit | undefined;
  readonly operator: Operator | undefined;
}

/** How long a fault looks for something to happen to. */
const PATIENCE_MS = 15_000;

/** Injects faults as they fall due, side by side; what is done to one service waits its turn. */
export class Injector {
  /** Faults that did happen. */
  readonly counts = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>;
  private readonly turns = new Map<Program, Promise<unknown>>();
  private readonly underWay = new Set<Promise<void>>();
  /** What went wrong while injecting, other than what was meant to. */
  readonly troubles: string[] = [];

  constructor(private readonly targets: Targets) {}

  /** Through the whole schedule, or until `signal`; then every service is whole again. */
  async run(faults: readonly Fault[], signal: AbortSignal): Promise<void> {
    const startedAtMs = performance.now();
    for (const fault of faults) {
      if (PLUGIN_ONLY.includes(fault.kind) && this.targets.audit === undefined) continue;
      const waitMs = startedAtMs + fault.atMs - performance.now();
      if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      const done: Promise<void> = this.inject(fault, signal)
        .then((happened) => void (happened && this.counts[fault.kind]++))
        .catch((error: unknown) => void this.troubles.push(`${fault.kind}: ${String(error)}`))
        .finally(() => this.underWay.delete(done));
      this.underWay.add(done);
    }
    await Promise.all(this.underWay);
  }

  private inject({ kind, draw }: Fault, signal: AbortSignal): Promise<boolean> {
    const { surroundings, crew, load, audit, operator } = this.targets;
    const { postgres, redis, temporal, pgbouncer, wires } = surroundings;
    const wire = wires[draw < 0.6 ? 0 : 1] as LossyProxy;
    const within = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    switch (kind) {
      case 'worker-killed':
        return this.persistently(() => crew.kill());
      case 'worker-stalled':
        // Past the lease, so that somebody else takes over what it holds.
        return this.persistently(() => crew.stall(LEASE_MS * 1.2 + draw * 2_000));
      case 'clock-shifted':
        return this.persistently(() => crew.shiftClock(draw < 0.5 ? -7 : 11));
      case 'postgres-crashed':
        // SIGQUIT is `pg_ctl stop -m immediate`: no checkpoint, recovery at the next start.
        return this.restart(postgres, 'SIGQUIT', draw * 1_500);
      case 'redis-killed':
        return this.restart(redis, 'SIGKILL', draw * 2_000, () => this.redisLost());
      case 'redis-flushed':
        return this.flush();
      case 'redis-paused':
        return this.inTurn(redis, async () => {
          redis.signal('SIGSTOP');
          await sleep(300 + draw * 2_500);
          redis.signal('SIGCONT');
          return true;
        });
      case 'pgbouncer-killed':
        return this.restart(pgbouncer, 'SIGKILL', draw * 800);
      case 'temporal-restarted':
        return this.restart(temporal, 'SIGTERM', draw * 1_000);
      case 'connections-cut':
        return this.persistently(async () => wire.breakConnections() > 0);
      case 'claim-reply-lost':
        return anyOf(wires, (one) => one.loseNext('claim', within));
      case 'completion-reply-lost':
        return anyOf(wires, (one) => one.loseNext('completion', within));
      case 'commit-reply-lost':
        return anyOf(wires, (one) => one.loseNext('commit', within));
      case 'row-locked':
        return this.persistently(async () => audit?.holdRunningRow(300 + draw * 2_500, sleep) ?? false);
      case 'body-hung':
        load.hangNext();
        // Counted from the journal: a body says when it begins to hang.
        return Promise.resolve(false);
      case 'cleared':
        return operator === undefined ? Promise.resolve(false) : operator.clearSome(load.recent, draw);
    }
  }

  private restart(
    program: Program,
    signal: NodeJS.Signals,
    awayMs: number,
    gone?: () => void,
  ): Promise<boolean> {
    return this.inTurn(program, async () => {
      await program.end(signal);
      gone?.();
      await sleep(awayMs);
      await program.start();
      return true;
    });
  }

  private flush(): Promise<boolean> {
    return this.persistently(async () => {
      const client = new Redis(this.targets.surroundings.redisUrl, {
        retryStrategy: () => null,
        maxRetriesPerRequest: 0,
        commandTimeout: 1_000,
      });
      client.on('error', () => undefined);
      try {
        this.redisLost();
        await client.flushall();
        return true;
      } finally {
        client.disconnect();
      }
    });
  }

  private redisLost(): void {
    this.targets.journal.write({ is: 'redis-lost', key: '' });
  }

  private inTurn(program: Program, act: () => Promise<boolean>): Promise<boolean> {
    const turn = (this.turns.get(program) ?? Promise.resolve()).then(act);
    this.turns.set(
      program,
      turn.catch(() => undefined),
    );
    return turn;
  }

  /** Until there is something for it to happen to: another fault may just have taken that away. */
  private async persistently(act: () => Promise<boolean>): Promise<boolean> {
    const startedAtMs = performance.now();
    while (performance.now() - startedAtMs < PATIENCE_MS) {
      if (await act().catch(() => false)) return true;
      await sleep(100);
    }
    return false;
  }
}

/** Tries every wire; one is enough. */
async function anyOf(
  wires: readonly LossyProxy[],
  lose: (wire: LossyProxy) => Promise<boolean>,
): Promise<boolean> {
  return (await Promise.all(wires.map(lose))).includes(true);
}
