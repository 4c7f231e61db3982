import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Owner } from '../stores/store';

/** Who and where this process is, for the person who looks at a stuck claim. Read once: both are system calls. */
const DETAIL = Object.freeze({ host: hostname(), process: String(process.pid) });

/** An owner outside Temporal: every call is an execution of its own, with one start. */
export function newOwner(door: string): Owner {
  return { execution: `${door}/${randomUUID()}`, startOrder: 0, detail: DETAIL };
}
