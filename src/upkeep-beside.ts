import type { Worker } from '@temporalio/worker';
import { UpkeepWorker, type Kept, type UpkeepWorkerSettings } from './upkeep-worker';

/** Of the workers that run now, one has the upkeep beside it; when it stops, another takes over. */
export class UpkeepBeside {
  private readonly running = new Map<Worker, Kept | undefined>();
  private beside: { readonly worker: Worker; readonly upkeep: UpkeepWorker } | undefined;

  /** @param settings undefined: no upkeep beside any worker */
  constructor(private readonly settings: UpkeepWorkerSettings | undefined) {}

  /** @param kept undefined for a store that needs no upkeep */
  began(worker: Worker, kept: Kept | undefined): void {
    this.running.set(worker, kept);
    this.keepUp();
  }

  async ended(worker: Worker): Promise<void> {
    this.running.delete(worker);
    if (this.beside?.worker !== worker) return;
    const { upkeep } = this.beside;
    this.beside = undefined;
    this.keepUp();
    await upkeep.stop();
  }

  private keepUp(): void {
    const [first] = this.running;
    if (this.settings === undefined || this.beside !== undefined || first === undefined) return;
    const [worker, kept] = first;
    if (kept === undefined) return;
    this.beside = { worker, upkeep: UpkeepWorker.beside(worker, kept, this.settings) };
  }
}
