import { NOBODY_LISTENS, type Call } from './call';
import { newOwner } from './owner';
import type { Resolved } from './resolve';
import type { Operation } from './service-options';

/** What every call of a service has alike. */
export type OfService = Pick<Call, 'codec' | 'askServer' | 'maxHoldMs' | 'onStoreUnavailable'>;

/** A call from outside Temporal. A class: see young.ts. */
export class ServiceCall implements Call {
  readonly type: string;
  readonly door = 'service';
  readonly keys: Call['keys'];
  readonly fingerprints: Call['fingerprints'];
  readonly owner = newOwner('service');
  readonly shared: boolean;
  readonly whenRunning: Call['whenRunning'];
  readonly retentionMs: number;
  readonly errorRetentionMs: number;
  readonly cacheErrors: Call['cacheErrors'];
  readonly onUnknownOutcome: Call['onUnknownOutcome'];
  readonly args: Call['args'];
  readonly askServer: Call['askServer'];
  readonly label: Call['label'];
  readonly codec: Call['codec'];
  readonly onStoreUnavailable: Call['onStoreUnavailable'];
  readonly waitUntilMs: number;
  readonly beginUntilMs = Infinity;
  readonly hardEndMs = Infinity;
  readonly maxHoldMs: number;
  readonly waitTickMs = 60_000;
  readonly log = NOBODY_LISTENS;

  constructor(
    { type, args }: Operation,
    resolved: Resolved,
    service: OfService,
    waitMs: number,
    readonly signal: AbortSignal | undefined,
  ) {
    this.type = type;
    this.keys = resolved.keys;
    this.fingerprints = resolved.fingerprints;
    this.shared = resolved.shared;
    this.whenRunning = resolved.whenRunning;
    this.retentionMs = resolved.retentionMs;
    this.errorRetentionMs = resolved.errorRetentionMs;
    this.cacheErrors = resolved.cacheErrors;
    this.onUnknownOutcome = resolved.onUnknownOutcome;
    this.args = args;
    this.askServer = service.askServer;
    this.label = resolved.label;
    this.codec = service.codec;
    this.onStoreUnavailable = service.onStoreUnavailable;
    this.waitUntilMs = performance.now() + waitMs;
    this.maxHoldMs = service.maxHoldMs;
  }
}
