import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Owner } from '../stores/store';

/** Who and where this process is, for the person who looks at a stuck claim. Read once: both are system calls. */
const DETAIL = Object.freeze({ host: hostname(), process: String(process.pid) });

/** An owner outside Temporal: every call is an execution of its own, with one start. */
export function newOwner(door: string): Owner {
  return new OwnerOfCall(door);
}

class OwnerOfCall implements Owner {
  readonly startOrder = 0;
  readonly detail = DETAIL;
  private name: string | undefined;

  constructor(private readonly door: string) {}

  /** Made for those that claim: a duplicate needs no name. */
  get execution(): string {
    return (this.name ??= `${this.door}/${randomUUID()}`);
  }
}
